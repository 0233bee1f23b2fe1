using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Search.Solving.Exact;

namespace Puzzle.Search.Solving;

/// <summary>
/// An exact search for the common shape, one variant for each layer within some budgets: proves its answer best, usually in
/// milliseconds, in managed code alone. Among equally good architectures it takes the one with the smallest sum of variant
/// indices, then of a fixed hash, so the same problem has the same answer on every run and machine.
/// </summary>
public sealed class ExactArchitectureSolver : IArchitectureSolver
{
    private const string Name = "exact";
    private readonly ExactSolverOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates the solver.</summary>
    /// <param name="options">Time limit and gap; the defaults when null.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public ExactArchitectureSolver(ExactSolverOptions? options = null, TimeProvider? time = null)
    {
        _options = OptionsCheck.Valid(options);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Gets what the search is tuned by; no number of it changes what is true of an answer.</summary>
    internal ExactTuning Tuning { get; init; } = ExactTuning.Default;

    /// <summary>Says whether this solver takes a problem: not with variants that stand for several layers.</summary>
    /// <param name="problem">The problem.</param>
    public static bool Takes(SearchProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return problem.Layers.All(variants => variants.All(variant => variant.Span == 1));
    }

    /// <inheritdoc/>
    public string Settings => OptionsText.Of(this, _options);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The problem is not one this solver takes, see <see cref="Takes"/>.</exception>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return InfeasibilityAnalysis.Solve(problem, SolveWithoutReport, cancellationToken);
    }

    private SearchResult SolveWithoutReport(SearchProblem problem, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        ChoiceModel model = ChoiceModelBuilder.Build(problem, cancellationToken);
        if (!model.IsMultipleChoice)
            throw new NotSupportedException("The exact solver does not take variants that stand for several layers.");
        double sign = problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
        var limits = new SearchLimits(
            _options.LabelLimit, _options.RelativeGap, Tuning, () => _time.GetElapsedTime(start) > _options.TimeLimit, cancellationToken);
        SearchOutcome outcome = DistinctLabelSearch.Solve(model, limits);
        for (int repetition = 0; outcome.Items is not null; repetition++)
        {
            LayerChoice[] choices = model.Choices(outcome.Items);
            if (AnswerBuilder.IsValid(problem, choices))
            {
                double? bound = outcome.Status == SearchStatus.Optimal ? null : sign * outcome.Bound;
                double[] prices = ShadowPrices(problem, model, outcome.Prices);
                return AnswerBuilder.Answer(problem, choices, bound, Name, _time.GetElapsedTime(start), prices);
            }
            if (repetition == Tuning.Repetitions)
                return Failed(SearchStatus.Unsolved, start);

            // Costs so far apart that sums in double lose the small ones: the wrong answer alone is forbidden.
            model = model.Without(outcome.Items);
            outcome = DistinctLabelSearch.Solve(model, limits);
        }
        return Failed(outcome.Status, start) with { Bound = outcome.Status == SearchStatus.Unsolved ? sign * outcome.Bound : double.NaN };
    }

    private SearchResult Failed(SearchStatus status, long start)
        => new() { Status = status, Solver = Name, Elapsed = _time.GetElapsedTime(start) };

    private static double[] ShadowPrices(SearchProblem problem, ChoiceModel model, double[] rowPrices)
    {
        var prices = new double[problem.Constraints.Count];
        for (int row = 0; row < rowPrices.Length; row++)
        {
            if (model.Rows[row].Constraint >= 0)
                prices[model.Rows[row].Constraint] += model.Rows[row].Sign * rowPrices[row];
        }
        return prices;
    }
}
