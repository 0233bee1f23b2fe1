namespace Puzzle.Search.Solving.Exact;

/// <summary>How the labels of each stage came about, so that the choice behind one can be told.</summary>
/// <param name="order">The group of each stage.</param>
internal sealed class LabelTrail(int[] order)
{
    private readonly List<(int[] Parents, int[] Items)> _stages = new(order.Length);

    /// <summary>Takes the labels of the next stage.</summary>
    public void Add(LabelSet labels) => _stages.Add((labels.Parents[..labels.Count], labels.Items[..labels.Count]));

    /// <summary>Gives the choice of the best of the last stage's labels, an item for each group; null when there is none.</summary>
    public int[]? Best(LabelSet last)
    {
        if (last.Count == 0)
            return null;
        int label = 0;
        for (int other = 1; other < last.Count; other++)
            label = last.IsBetter(label, other) ? label : other;
        var choice = new int[order.Length];
        for (int stage = order.Length - 1; stage >= 0; stage--)
        {
            choice[order[stage]] = _stages[stage].Items[label];
            label = _stages[stage].Parents[label];
        }
        return choice;
    }
}
