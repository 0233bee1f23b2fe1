using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>
/// Mixed-integer search on OR-Tools (paper appendix B): takes every restriction and merged layers. Deterministic (one
/// thread, a fixed seed) as long as the time limit is not reached. Of several equally good answers it gives the one with the
/// smallest sum of variant indices, then of a fixed hash, like <see cref="ExactArchitectureSolver"/>, whichever the backend.
/// </summary>
public sealed class MipArchitectureSolver : IArchitectureSolver
{
    private readonly MipSolverOptions _options;
    private readonly IMipBackend _backend;
    private readonly TimeProvider _time;

    /// <summary>Creates the solver.</summary>
    /// <param name="options">Backend, time limit and gap; the defaults when null.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public MipArchitectureSolver(MipSolverOptions? options = null, TimeProvider? time = null)
    {
        _options = OptionsCheck.Valid(options);
        _time = time ?? TimeProvider.System;
        _backend = _options.Backend == MipBackend.CpSat ? new CpSatBackend() : new LinearBackend(_options.Backend);
    }

    private string Name => _options.Backend switch
    {
        MipBackend.Scip => "mip-scip",
        MipBackend.Cbc => "mip-cbc",
        _ => "mip-cpsat",
    };

    /// <inheritdoc/>
    public string Settings => OptionsText.Of(this, _options);

    /// <inheritdoc/>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return InfeasibilityAnalysis.Solve(problem, SolveWithoutReport, cancellationToken);
    }

    private SearchResult SolveWithoutReport(SearchProblem problem, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long start = _time.GetTimestamp();
        ChoiceModel model = ChoiceModelBuilder.Build(problem, cancellationToken);
        double sign = problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
        var search = new MipSearch(problem, model, _backend, _options.RelativeGap, () => _options.TimeLimit - _time.GetElapsedTime(start));
        SearchOutcome outcome = search.Run(cancellationToken);
        if (outcome.Items is null)
        {
            return new SearchResult
            {
                Status = outcome.Status,
                Solver = Name,
                Elapsed = _time.GetElapsedTime(start),
                Bound = double.IsFinite(outcome.Bound) ? sign * outcome.Bound : double.NaN,
            };
        }
        double? bound = outcome.Status == SearchStatus.Optimal ? null : sign * outcome.Bound;
        return AnswerBuilder.Answer(problem, model.Choices(outcome.Items), bound, Name, _time.GetElapsedTime(start));
    }
}
