using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>Makes one key-value head of each group, in the coordinates in which least is lost, and the queries and outputs that read
/// it.</summary>
internal static class SharedHeads
{
    /// <summary>Merges heads; the caller's scope owns the result, whose query heads are in the order of the groups.</summary>
    /// <param name="statistics">The parent's heads.</param>
    /// <param name="groups">The heads of each new head, equally many.</param>
    /// <param name="alignKeys">Whether keys may be changed. If not, because norms stand between, they are averaged and queries stay as they
    /// are.</param>
    public static AttentionMatrices Merge(HeadStatistics statistics, IReadOnlyList<int[]> groups, bool alignKeys)
    {
        using var scope = NewDisposeScope();
        var made = groups.Select(group =>
        {
            (Tensor value, Tensor output) = Values(statistics, group);
            (Tensor key, Tensor query) = alignKeys ? Keys(statistics, group) : MeanKeys(statistics.Heads, group);
            return (Query: query, Key: key.unsqueeze(0), Value: value.unsqueeze(0), Output: output);
        }).ToList();
        return new AttentionMatrices(
            All(made.Select(group => group.Query)), All(made.Select(group => group.Key)),
            All(made.Select(group => group.Value)), All(made.Select(group => group.Output)), statistics.Heads.RotarySize);

        static Tensor All(IEnumerable<Tensor> parts) => cat([.. parts], 0).MoveToOuterDisposeScope();
    }

    private static (Tensor Value, Tensor Output) Values(HeadStatistics statistics, int[] group)
    {
        AttentionMatrices parent = statistics.Heads;
        (Tensor value, Tensor read) = statistics.Values.Of(group);
        return (value, parent.ByHead(parent.Output).index_select(0, Index(group)).matmul(read.unsqueeze(1)).flatten(0, 1));
    }

    private static (Tensor Key, Tensor Query) Keys(HeadStatistics statistics, int[] group)
    {
        AttentionMatrices parent = statistics.Heads;
        (Tensor key, Tensor query) = statistics.Pairs.Of(group);
        if (statistics.FreeKeys is null)
            return (key, query);
        (Tensor free, Tensor read) = statistics.FreeKeys.Of(group);
        Tensor queries = parent.ByHead(parent.Query).index_select(0, Index(group)).narrow(
            2, parent.RotarySize, parent.HeadSize - parent.RotarySize);
        Tensor freeQuery = read.transpose(1, 2).unsqueeze(1).matmul(queries).flatten(0, 1);
        return (cat([key, free], 0), cat([query, freeQuery], 1));
    }

    private static (Tensor Key, Tensor Query) MeanKeys(AttentionMatrices parent, int[] group) => (
        parent.Key.index_select(0, Index(group)).mean([0L]),
        parent.ByHead(parent.Query).index_select(0, Index(group)).flatten(0, 1));

    private static Tensor Index(int[] heads) => tensor([.. heads.Select(head => (long)head)]);
}
