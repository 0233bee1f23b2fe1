using Puzzle.Measurement;
using Puzzle.Search.Solving.Exact;

namespace Puzzle.Search.Solving;

/// <summary>
/// The best architecture over batch sizes (paper appendix B). All are bounded first and solved in the order of their
/// bounds, until the next bound is no better than the best answer; of equally good ones the smaller batch wins.
/// </summary>
/// <param name="solver">Solves each problem.</param>
public sealed class BatchSizeSearch(IArchitectureSolver solver)
{
    /// <summary>Searches.</summary>
    /// <param name="candidates">The batch sizes, each once; all scores alike.</param>
    /// <param name="solveAll">Whether to solve those too that cannot win, to see what they give.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="ArgumentException">There is no batch size, or one twice.</exception>
    public BatchSearchResult Solve(
        IReadOnlyCollection<BatchCandidate> candidates, bool solveAll = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        if (candidates.Count == 0 || candidates.Select(candidate => candidate.BatchSize).Distinct().Count() < candidates.Count)
            throw new ArgumentException("At least one batch size is needed, each once.", nameof(candidates));
        double sign = candidates.First().Problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
        (BatchCandidate Candidate, double Bound)[] bounded = [.. candidates
            .Select(candidate => (Candidate: candidate, Bound: RelaxationBound(candidate.Problem, cancellationToken)))
            .OrderBy(pair => pair.Bound)
            .ThenBy(pair => pair.Candidate.BatchSize)];

        var outcomes = new List<BatchOutcome>();
        BatchOutcome? best = null;
        foreach ((BatchCandidate candidate, double bound) in bounded)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool canWin = best is null || bound <= sign * best.Result!.Objective;
            SearchResult? result = canWin || solveAll ? solver.Solve(candidate.Problem, cancellationToken) : null;
            var outcome = new BatchOutcome(candidate.BatchSize, double.IsFinite(bound) ? sign * bound : double.NaN, result);
            outcomes.Add(outcome);
            if (result is { HasAnswer: true } && (best is null || IsBetter(sign, outcome, best)))
                best = outcome;
        }
        outcomes.Sort((left, right) => left.BatchSize.CompareTo(right.BatchSize));
        best ??= outcomes[0];
        return new BatchSearchResult(best.BatchSize, best.Result!, outcomes);
    }

    private static bool IsBetter(double sign, BatchOutcome outcome, BatchOutcome best)
    {
        int order = (sign * outcome.Result!.Objective).CompareTo(sign * best.Result!.Objective);
        return order < 0 || (order == 0 && outcome.BatchSize < best.BatchSize);
    }

    /// <summary>
    /// Gives the linear relaxation's value, to minimize: infinite for an impossible problem, minus infinity where it is not known.
    /// </summary>
    private static double RelaxationBound(SearchProblem problem, CancellationToken cancellationToken)
    {
        ChoiceModel model = ChoiceModelBuilder.Build(problem, cancellationToken);
        if (!model.IsMultipleChoice)
            return double.NegativeInfinity;
        return Reduction.Reduce(model, ExactTuning.Default, cancellationToken) is { } reduced
            ? reduced.ToSource(LinearRelaxation.Solve(reduced, cancellationToken).Value)
            : double.PositiveInfinity;
    }
}
