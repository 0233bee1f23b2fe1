using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// Shifts scale between values and outputs, and between keys and queries, without changing the function: an optimizer's steps
/// are absolute, and merged heads come out with V several times as large as the parent's and O as much smaller, which ruins
/// them in training.
/// </summary>
internal static class HeadBalance
{
    /// <summary>Gives each shared head the parent's ratio of scales; the caller's scope owns the result.</summary>
    /// <param name="heads">Merged heads.</param>
    /// <param name="parent">The parent's.</param>
    /// <param name="groups">The parent's heads that each is made of.</param>
    public static AttentionMatrices Balance(AttentionMatrices heads, AttentionMatrices parent, IReadOnlyList<int[]> groups)
    {
        using var scope = NewDisposeScope();
        (Tensor value, Tensor output) = Shift(heads.Value, heads.Output, heads, parent.Value, parent.Output, parent, groups);
        (Tensor key, Tensor query) = Shift(heads.Key, heads.Query, heads, parent.Key, parent.Query, parent, groups);
        return new AttentionMatrices(
            query.MoveToOuterDisposeScope(), key.MoveToOuterDisposeScope(), value.MoveToOuterDisposeScope(),
            output.MoveToOuterDisposeScope(), heads.RotarySize);
    }

    private static (Tensor Shared, Tensor Readers) Shift(
        Tensor shared, Tensor readers, AttentionMatrices heads, Tensor parentShared, Tensor parentReaders, AttentionMatrices parent,
        IReadOnlyList<int[]> groups)
    {
        double[] factors = [.. groups.Select((group, head) =>
        {
            double wanted = Rms(parentShared, group) / Rms(parentReaders, group.SelectMany(parent.QueriesOf));
            double found = Rms(shared, [head]) / Rms(readers, heads.QueriesOf(head));
            double factor = Math.Sqrt(wanted / found);
            // A head of zeros has no scale.
            return double.IsFinite(factor) && factor > 0 ? factor : 1;
        })];
        Tensor up = tensor(factors), down = tensor([.. factors.SelectMany(factor => Enumerable.Repeat(1 / factor, heads.QueriesPerHead))]);
        return (shared.mul(up.view(-1, 1, 1)), readers.mul(down.view(-1, 1, 1)));
    }

    private static double Rms(Tensor matrices, IEnumerable<int> heads)
    {
        using var scope = NewDisposeScope();
        Tensor chosen = matrices.index_select(0, tensor([.. heads.Select(head => (long)head)]));
        return Math.Sqrt(chosen.mul(chosen).mean().item<double>());
    }
}
