using Puzzle.Search.Solving.Exact;

namespace Puzzle.Search.Solving;

/// <summary>Narrows a model to the items that a choice within a score may contain.</summary>
internal static class ChoicesWithin
{
    // Of the numbers compared; far above what rounding adds up to.
    private const double Exactness = 1e-9;

    /// <summary>Gives the model without items that put every choice above a score; <see cref="ChoiceModel.SourceItem"/> leads back.</summary>
    /// <param name="model">The model.</param>
    /// <param name="items">A choice of that score, whose items stay.</param>
    /// <param name="score">The score.</param>
    public static ChoiceModel Of(ChoiceModel model, int[] items, double score)
    {
        bool[] usable = model.IsMultipleChoice && Reduction.Reduce(model) is { } reduced ? ByReducedCosts(model, reduced, score) : ByMinima(model, score);
        foreach (int item in items)
            usable[item] = true;
        return model.Only(item => usable[item]);
    }

    private static bool[] ByReducedCosts(ChoiceModel model, ReducedModel reduced, double score)
    {
        var usable = new bool[model.Items];
        var relaxation = new LagrangianBound(reduced);
        double room = score - relaxation.Value + (Exactness * Math.Max(Math.Abs(score), Math.Abs(relaxation.Value)));
        for (int item = 0; item < reduced.Items; item++)
            usable[reduced.Source[item]] = relaxation.IsInfeasible || relaxation.ReducedCost(item) <= room;
        return usable;
    }

    private static bool[] ByMinima(ChoiceModel model, double score)
    {
        var all = new bool[model.Items];
        Array.Fill(all, true);
        if (GroupMinima.Find(model, model.Scores, all) is not { } minima)
            return all;
        double least = minima.Sum();
        double room = score - least + (Exactness * Math.Max(Math.Abs(score), Math.Abs(least)));
        return Array.ConvertAll(GroupMinima.Above(model, model.Scores, minima), above => above <= room);
    }
}
