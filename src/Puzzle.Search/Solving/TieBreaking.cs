using Puzzle.Search.Solving.Exact;

namespace Puzzle.Search.Solving;

/// <summary>Turns a best choice into the one of equal score that the stated order puts first, whichever backend found it.</summary>
internal static class TieBreaking
{
    private const double Slack = 1e-13;

    /// <summary>Gives the equally good choice with the smallest tie; the choice itself when time is too short to tell.</summary>
    /// <param name="model">The model.</param>
    /// <param name="items">A choice proven best.</param>
    /// <param name="timeLimit">How long it may take.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static int[] First(ChoiceModel model, int[] items, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        double score = items.Sum(item => model.Scores[item]);
        double limit = score + (Slack * items.Sum(item => Math.Abs(model.Scores[item])));
        HashSet<int> usable = [.. Usable(model, limit), .. items];
        if (timeLimit <= TimeSpan.Zero || usable.Count == items.Length)
            return items;
        ChoiceModel part = model.Only(usable.Contains);
        MipOutcome outcome = new CpSatBackend().Solve(part.Ties(limit), [], timeLimit, 0, cancellationToken);
        if (outcome is not { Status: SearchStatus.Optimal, Items: { } first })
            return items;
        int[] sources = Array.ConvertAll(first, part.SourceItem);
        return sources.Sum(item => model.Scores[item]) <= limit && sources.Sum(model.Tie) < items.Sum(model.Tie) ? sources : items;
    }

    /// <summary>The items that a choice within a limit may contain, by reduced costs where these are known.</summary>
    private static IEnumerable<int> Usable(ChoiceModel model, double limit)
    {
        if (!model.IsMultipleChoice || Reduction.Reduce(model) is not { } reduced)
            return Enumerable.Range(0, model.Items);
        var relaxation = new LagrangianBound(reduced);
        if (relaxation.IsInfeasible)
            return Enumerable.Range(0, model.Items);
        double room = limit - relaxation.Value + (1e-9 * Math.Max(Math.Abs(limit), Math.Abs(relaxation.Value)));
        return Enumerable.Range(0, reduced.Items).Where(item => relaxation.ReducedCost(item) <= room).Select(item => reduced.Source[item]);
    }
}
