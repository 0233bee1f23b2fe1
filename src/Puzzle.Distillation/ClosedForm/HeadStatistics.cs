using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>What is known of a layer's key-value heads: how alike their values are after O, and their keys before Q.</summary>
internal sealed class HeadStatistics : IDisposable
{
    private readonly List<Tensor> _owned;

    /// <param name="heads">The parent's projections; taken over.</param>
    /// <param name="moment">The second moment of what they read, z^T z / n, [E, E], 64-bit; taken over.</param>
    public HeadStatistics(AttentionMatrices heads, Tensor moment)
    {
        using var scope = NewDisposeScope();
        Heads = heads;
        Tensor outputs = heads.ByHead(heads.Output);
        Values = new SharedAxes(heads.Value, outputs.transpose(2, 3).matmul(outputs).sum([1L]), moment);
        Pairs = new RotaryPairs(heads, moment);
        int free = heads.HeadSize - heads.RotarySize;
        if (free > 0)
        {
            Tensor queries = heads.ByHead(heads.Query).narrow(2, heads.RotarySize, free);
            FreeKeys = new SharedAxes(
                heads.Key.narrow(1, heads.RotarySize, free), queries.matmul(moment).matmul(queries.transpose(2, 3)).sum([1L]), moment);
        }
        ValueEnergy = Values.Moments.diagonal(0, 0, 2).diagonal(0, 0, 1).sum([1L]);
        _owned = [
            heads.Query, heads.Key, heads.Value, heads.Output, moment, ValueEnergy, .. Values.Owned, .. Pairs.Owned,
            .. FreeKeys?.Owned ?? []
        ];
        _owned.ForEach(tensor => tensor.DetachFromDisposeScope());
    }

    /// <summary>Gets the parent's projections.</summary>
    public AttentionMatrices Heads { get; }

    /// <summary>Gets the common coordinates of values, which O reads.</summary>
    public SharedAxes Values { get; }

    /// <summary>Gets the common rotated parts of keys.</summary>
    public RotaryPairs Pairs { get; }

    /// <summary>Gets the common coordinates of the parts of keys that are not rotated, which queries read; null if all are.</summary>
    public SharedAxes? FreeKeys { get; }

    /// <summary>Gets the mean square of what each head adds to the residual stream where it attends to one token, [K].</summary>
    public Tensor ValueEnergy { get; }

    public void Dispose() => _owned.ForEach(tensor => tensor.Dispose());
}
