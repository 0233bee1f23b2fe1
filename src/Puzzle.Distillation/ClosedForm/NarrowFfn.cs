using Puzzle.Architectures;
using Puzzle.Distillation.Blockwise;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// FFNs of fewer channels: those that the others make up for worst stay, and the down projection is fitted again. One Gram
/// matrix of the parent's channels serves every width.
/// </summary>
internal sealed class NarrowFfn : IDisposable
{
    private readonly GatedFeedForward _parent;
    private readonly SecondMoments _moments;
    private readonly Tensor _down;
    private readonly IReadOnlyDictionary<int, long[]> _kept;

    private NarrowFfn(
        GatedFeedForward parent, SecondMoments moments, IReadOnlyCollection<int> widths, CancellationToken cancellationToken)
    {
        (_parent, _moments) = (parent, moments);
        _kept = ChannelElimination.Keep(moments.Gram, moments.Cross!, moments.Tokens, widths, cancellationToken);
        _down = parent.Weights[WeightNames.Down].detach().cpu().to(ScalarType.Float64).t().contiguous().DetachFromDisposeScope();
    }

    /// <summary>Measures the parent's FFN; the target is its own output.</summary>
    /// <param name="parent">The FFN.</param>
    /// <param name="inputs">The residual stream it reads, a batch at a time.</param>
    /// <param name="batches">The number of batches.</param>
    /// <param name="widths">The widths that <see cref="Create"/> will be asked for.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>Null if the activations are not finite.</returns>
    public static NarrowFfn? Measure(
        GatedFeedForward parent, IReadOnlyList<Tensor> inputs, int batches, IReadOnlyCollection<int> widths,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using SecondMoments own = SecondMoments.Measure(batches, batch => (parent.Intermediate(inputs[batch]), null), cancellationToken);
        // The output is the product of channels and down projection, so its moments need no measuring.
        Tensor cross = BlockedAlgebra.Product(
            own.Gram, parent.Weights[WeightNames.Down].detach().cpu().to(ScalarType.Float64).t(), cancellationToken);
        return Finite(
            parent, new SecondMoments(own.Gram.alias().DetachFromDisposeScope(), cross.DetachFromDisposeScope(), own.Tokens), widths,
            cancellationToken);
    }

    /// <summary>Measures the parent's FFN on the layer's input, beside no attention; the target is what the whole block adds to the
    /// stream.</summary>
    /// <param name="parent">The FFN.</param>
    /// <param name="inputs">The residual stream before the layer, a batch at a time.</param>
    /// <param name="outputs">The residual stream after it.</param>
    /// <param name="batches">The number of batches.</param>
    /// <param name="widths">The widths that <see cref="Create"/> will be asked for.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>Null if the activations are not finite.</returns>
    public static NarrowFfn? MeasureAlone(
        GatedFeedForward parent, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs, int batches, IReadOnlyCollection<int> widths,
        CancellationToken cancellationToken) =>
        Finite(
            parent,
            SecondMoments.Measure(
                batches, batch => (parent.Intermediate(inputs[batch]), outputs[batch].sub(inputs[batch])), cancellationToken),
            widths, cancellationToken);

    /// <summary>Makes the weights of nested FFNs, with the channels and the down projection that each width would have alone; the caller
    /// disposes them.</summary>
    /// <param name="widths">The widths, the widest first.</param>
    /// <param name="cancellationToken">Stops between widths, and within a large one.</param>
    public Dictionary<string, Tensor> CreateNested(IReadOnlyList<int> widths, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var order = new List<long>();
        foreach (int width in widths.Reverse())
            order.AddRange(_kept[width].Except(order).ToArray());
        Tensor channels = tensor(order.ToArray()), device = _parent.Weights[WeightNames.Down];
        Dictionary<string, Tensor> made = NestedStart.Create(
            _parent.Weights, channels.to(device.device), widths,
            width => Fitted(channels.narrow(0, 0, width), cancellationToken).t().contiguous().to(device.dtype).to(device.device));
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }

    /// <summary>Makes an FFN's weights; the caller disposes them.</summary>
    /// <param name="width">The width, the parent's own included.</param>
    /// <param name="cancellationToken">Stops within a large fit.</param>
    public Dictionary<string, Tensor> Create(int width, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor kept = tensor(_kept[width]);
        Tensor down = Fitted(kept, cancellationToken);
        IReadOnlyDictionary<string, Tensor> parent = _parent.Weights;
        Tensor rows = kept.to(parent[WeightNames.Gate].device);
        var made = parent.ToDictionary(weight => weight.Key, weight => weight.Key switch
        {
            WeightNames.Gate or WeightNames.Up => weight.Value.detach().index_select(0, rows),
            WeightNames.Down => down.t().contiguous().to(weight.Value.dtype).to(weight.Value.device),
            _ => weight.Value.detach().clone(),
        }, StringComparer.Ordinal);
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }

    public void Dispose()
    {
        _moments.Dispose();
        _down.Dispose();
    }

    // The down projection of some channels, [channels, D].
    private Tensor Fitted(Tensor kept, CancellationToken cancellationToken) => Ridge.Solve(
        _moments.Gram.index_select(0, kept).index_select(1, kept), _moments.Cross!.index_select(0, kept), _down.index_select(0, kept),
        _moments.Tokens, cancellationToken);

    private static NarrowFfn? Finite(
        GatedFeedForward parent, SecondMoments moments, IReadOnlyCollection<int> widths, CancellationToken cancellationToken)
    {
        try
        {
            if (moments.IsFinite)
                return new NarrowFfn(parent, moments, widths, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            moments.Dispose();
            throw;
        }
        moments.Dispose();
        return null;
    }
}
