using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>A process that trains alone.</summary>
internal sealed class OneRank : IGradientReducer
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Ranks => 1;

    /// <inheritdoc/>
    public void Sum(IReadOnlyList<Tensor> parts)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        for (int part = 1; part < parts.Count; part++)
            parts[0].add_(parts[part], Scalars.One);
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor values)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Exchange(ReadOnlySpan<byte> message) => [message.ToArray()];
}
