using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// The projections of attention by head, 64-bit, on the CPU. N query heads, K key-value heads of N / K query heads each, H head size.
/// E is D, or D + 1 where projections have biases: then their last column is the bias, and the input ends with a one.
/// </summary>
/// <param name="Query">[N, H, E]</param>
/// <param name="Key">[K, H, E]</param>
/// <param name="Value">[K, H, E]</param>
/// <param name="Output">[N, D, H]: what each query head's values become in the residual stream.</param>
/// <param name="RotarySize">The dimensions R of a head that are rotated, the first: p and p + R / 2 are a pair. The others pass
/// unchanged.</param>
internal sealed record AttentionMatrices(Tensor Query, Tensor Key, Tensor Value, Tensor Output, int RotarySize)
{
    /// <summary>Gets the number K of key-value heads.</summary>
    public int KeyValueHeads => (int)Key.size(0);

    /// <summary>Gets the head size H.</summary>
    public int HeadSize => (int)Key.size(1);

    /// <summary>Gets the number of query heads of a key-value head.</summary>
    public int QueriesPerHead => (int)(Query.size(0) / Key.size(0));

    /// <summary>Gives query heads by key-value head: [K, N / K, ...].</summary>
    public Tensor ByHead(Tensor queries) => queries.view(KeyValueHeads, QueriesPerHead, queries.size(1), queries.size(2));

    /// <summary>Gives the query heads that read a key-value head.</summary>
    public IEnumerable<int> QueriesOf(int head) => Enumerable.Range(head * QueriesPerHead, QueriesPerHead);
}
