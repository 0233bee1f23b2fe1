namespace Puzzle.Search.Solving;

/// <summary>Turns a best choice into the one of equal score that the stated order puts first, whichever backend found it.</summary>
internal static class TieBreaking
{
    // Of a choice's score above the least possible: what summing in another order may change.
    private const double Slack = 1e-13;

    /// <summary>Gives the equally good choice with the smallest tie; the choice itself when time is too short to tell.</summary>
    /// <param name="model">The model.</param>
    /// <param name="items">A choice proven best.</param>
    /// <param name="timeLimit">How long it may take.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static int[] First(ChoiceModel model, int[] items, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        double score = items.Sum(item => model.Scores[item]);
        ChoiceModel part = ChoicesWithin.Of(model, items, score, cancellationToken);
        if (timeLimit <= TimeSpan.Zero || part.Items == items.Length || BackendModel.Build(part, cancellationToken) is not { } scores)
            return items;
        double limit = score + (Slack * Math.Max(0, score - scores.Offset));
        if (BackendModel.Build(part.Ties(limit), cancellationToken) is not { } ties)
            return items;
        SearchOutcome outcome = new CpSatBackend().Solve(ties, timeLimit, 0, cancellationToken);
        if (outcome is not { Status: SearchStatus.Optimal, Items: { } first })
            return items;
        int[] sources = Array.ConvertAll(first, part.SourceItem);
        return sources.Sum(item => model.Scores[item]) <= limit && sources.Sum(model.Tie) < items.Sum(model.Tie) ? sources : items;
    }
}
