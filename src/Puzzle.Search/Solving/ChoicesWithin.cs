using Puzzle.Search.Solving.Exact;

namespace Puzzle.Search.Solving;

/// <summary>Narrows a model to the items that a choice within a score may contain.</summary>
internal static class ChoicesWithin
{
    /// <summary>
    /// Gives the model without items that put every choice above a score; <see cref="ChoiceModel.SourceItem"/> leads back.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="items">A choice of that score, whose items stay.</param>
    /// <param name="score">The score.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static ChoiceModel Of(ChoiceModel model, int[] items, double score, CancellationToken cancellationToken)
    {
        bool[] usable = model.IsMultipleChoice && Reduction.Reduce(model, ExactTuning.Default, cancellationToken) is { } reduced
            ? ByReducedCosts(model, reduced, score, cancellationToken)
            : ByMinima(model, score);
        foreach (int item in items)
            usable[item] = true;
        return model.Only(item => usable[item]);
    }

    private static bool[] ByReducedCosts(ChoiceModel model, ReducedModel reduced, double score, CancellationToken cancellationToken)
    {
        var usable = new bool[model.Items];
        LinearRelaxation relaxation = LinearRelaxation.Solve(reduced, cancellationToken);
        double value = reduced.FromSource(score);
        bool[] within = relaxation.ItemsWithin(value + ExactTolerances.OfFixing(value, relaxation.Value));
        for (int item = 0; item < reduced.Items; item++)
            usable[reduced.Source[item]] = relaxation.IsInfeasible || within[item];
        return usable;
    }

    private static bool[] ByMinima(ChoiceModel model, double score)
    {
        var all = new bool[model.Items];
        Array.Fill(all, true);
        if (GroupMinima.Find(model, model.Scores, all) is not { } minima)
            return all;
        double least = minima.Sum();
        double room = score - least + ExactTolerances.OfFixing(score, least);
        return Array.ConvertAll(GroupMinima.Above(model, model.Scores, minima), above => above <= room);
    }
}
