namespace Puzzle.Search.Solving;

/// <summary>
/// The paper's greedy baseline (appendix F.2.2): every layer gets an equal share of each budget; layers whose variants
/// harm least on average come first and take their best variant within budget; what is left goes to the next layer.
/// Where nothing fits, the variant that exceeds least is taken and the excess is owed.
/// </summary>
/// <param name="time">The clock; the system's when null.</param>
public sealed class GreedyArchitectureSolver(TimeProvider? time = null) : IArchitectureSolver
{
    private const string Name = "greedy";
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <inheritdoc/>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        cancellationToken.ThrowIfCancellationRequested();
        long start = _time.GetTimestamp();
        ChoiceModel model = HeuristicAnswer.MultipleChoice(problem, Name);
        LayerChoice[]? choices = model.HasEmptyGroup ? null : model.Choices(Choose(model));
        return HeuristicAnswer.From(problem, choices, Name, _time.GetElapsedTime(start));
    }

    private static int[] Choose(ChoiceModel model)
    {
        int layers = model.GroupLayers.Sum(group => group.Length);
        var left = new double[model.Rows.Length];
        var chosen = new int[model.Groups];
        foreach (int group in Enumerable.Range(0, model.Groups).OrderBy(group => MeanScore(model, group)))
        {
            for (int row = 0; row < left.Length; row++)
                left[row] += model.Rows[row].Limit * model.GroupLayers[group].Length / layers;
            chosen[group] = Items(model, group)
                .OrderBy(item => Excess(model, item, left))
                .ThenBy(item => model.Scores[item])
                .ThenBy(item => item)
                .First();
            for (int row = 0; row < left.Length; row++)
                left[row] -= model.Rows[row].Costs[chosen[group]];
        }
        return chosen;
    }

    private static IEnumerable<int> Items(ChoiceModel model, int group)
        => Enumerable.Range(model.GroupStart[group], model.GroupStart[group + 1] - model.GroupStart[group]);

    private static double MeanScore(ChoiceModel model, int group)
        => Items(model, group).Average(item => model.Scores[item]) / model.GroupLayers[group].Length;

    /// <summary>How far an item passes what is left, summed over rows relative to their limits; 0 when it fits.</summary>
    private static double Excess(ChoiceModel model, int item, double[] left)
    {
        double excess = 0;
        for (int row = 0; row < left.Length; row++)
        {
            double limit = Math.Max(Math.Abs(model.Rows[row].Limit), double.Epsilon);
            double over = (model.Rows[row].Costs[item] - left[row]) / limit;
            if (over > 1e-12)
                excess += over;
        }
        return excess;
    }
}
