using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>Copies of weights in a smaller type that passes compute with; they follow when they are told to.</summary>
internal sealed class WeightCopy : IDisposable
{
    private readonly IReadOnlyList<Tensor> _weights;
    private readonly IReadOnlyList<Tensor> _copies;
    private readonly Tensor? _from;
    private readonly FlatWeights? _to;

    /// <param name="weights">The weights.</param>
    /// <param name="copies">Their copies in the same order, of which nothing is a view yet.</param>
    /// <param name="optimizer">What updates the weights: where it keeps them in one buffer, the copies move into one too.</param>
    public WeightCopy(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor> copies, AdamW optimizer)
    {
        (_weights, _copies) = (weights, copies);
        if (optimizer is FlatAdamW flat)
            (_from, _to) = (flat.Weights, new FlatWeights(copies));
    }

    /// <summary>Gives the copies the values that the weights have now.</summary>
    public void Refresh()
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        if (_to is not null)
        {
            _to.Buffer.copy_(_from!);
            return;
        }
        foreach ((Tensor copy, Tensor weight) in _copies.Zip(_weights))
            copy.copy_(weight);
    }

    public void Dispose() => _to?.Dispose();
}
