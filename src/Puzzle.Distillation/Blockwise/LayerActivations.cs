using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Sizing;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// The parent's residual stream at one layer for every batch of text: before the layer, between its subblocks and after
/// it. One parent forward, a layer at a time, feeds every variant of every layer; only one layer's streams are kept, in
/// memory as far as the parent's budget allows and in scratch files beyond.
/// </summary>
internal sealed class LayerActivations : IDisposable
{
    // Whatever the parent is kept in: units are trained in 32 bits.
    private const ScalarType ComputeType = ScalarType.Float32;

    private readonly CausalLanguageModel _parent;
    private readonly ScalarType _type;
    private readonly long _elements;
    private readonly int _workers;
    private readonly MicroBatch _microBatch;
    private readonly RotaryEmbedding? _rotary;
    private readonly int _length;
    private readonly Lock _gate = new();
    private RotaryEmbedding? _lowPrecision;
    private RotaryTable? _lowPrecisionTable;

    /// <summary>Embeds batches of token ids; <see cref="Enter"/> or <see cref="Pass"/> layer 0 next.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="batches">Token ids, [B, T] each, all of one T.</param>
    /// <param name="type">What the stream is rounded to at each of the three places.</param>
    /// <param name="workers">Batches computed side by side.</param>
    /// <param name="microBatch">The windows of a batch that are computed at once.</param>
    /// <exception cref="IOException">The scratch folder cannot be written to, or its disk is too full.</exception>
    public LayerActivations(
        CausalLanguageModel parent, IReadOnlyList<Tensor> batches, ScalarType type, int workers, MicroBatch microBatch)
    {
        (_parent, _type, _microBatch) = (parent, type, microBatch);
        (Windows, _length) = ((int)batches[0].size(0), (int)batches[0].size(1));
        _elements = batches.Max(batch => batch.numel()) * parent.Config.HiddenSize;
        _workers = parent.Budget.Workers(
            TorchWorkers.On(parent.Device, workers), ScoringMemory.ForwardBytes(parent.Config, microBatch.Size, _length),
            "a forward pass");
        if (parent.ElementType != ComputeType)
            _rotary = new RotaryEmbedding(parent.Config, parent.Device, ComputeType);
        Rotary = (_rotary ?? parent.Rotary).At(0, _length);
        Outputs = Empty(batches.Count);
        try
        {
            Fill(Outputs, batch => Outputs.Set(batch, parent.EmbedKnown(batches[batch])));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets the windows of a batch.</summary>
    public int Windows { get; }

    /// <summary>Gets where the streams are.</summary>
    public Device Device => _parent.Device;

    /// <summary>Gets the rotary table of the windows.</summary>
    public RotaryTable Rotary { get; }

    /// <summary>Gives the rotary table of the windows for passes that compute in a type; not disposed.</summary>
    public RotaryTable RotaryOf(ScalarType type)
    {
        if (type == ComputeType)
            return Rotary;
        lock (_gate)
        {
            _lowPrecision ??= new RotaryEmbedding(_parent.Config, _parent.Device, type);
            return _lowPrecisionTable ??= Detached(_lowPrecision.At(0, _length));
        }
    }

    /// <summary>Gets the stream before the layer, [B, T, D] per batch.</summary>
    public TensorStore Inputs { get; private set; } = TensorStore.Empty;

    /// <summary>Gets the stream between attention and FFN.</summary>
    public TensorStore AfterAttention { get; private set; } = TensorStore.Empty;

    /// <summary>Gets the stream after the layer.</summary>
    public TensorStore Outputs { get; private set; }

    /// <summary>Runs the parent's next layer where nothing is trained: only its outputs are kept, the same as after
    /// <see cref="Enter"/>.</summary>
    public void Pass(TransformerBlock block) => Fill(Outputs, Outputs, input =>
        block.Ffn.Forward(block.Attention.Forward(input, Rotary).to(_type).to(ComputeType), Rotary));

    /// <summary>Runs the parent's next layer; the last one's outputs become the inputs.</summary>
    public void Enter(TransformerBlock block)
    {
        Inputs.Dispose();
        AfterAttention.Dispose();
        (Inputs, AfterAttention, Outputs) = (Outputs, TensorStore.Empty, TensorStore.Empty);
        AfterAttention = Empty(Inputs.Count);
        Fill(AfterAttention, Inputs, input => block.Attention.Forward(input, Rotary));
        Outputs = Empty(Inputs.Count);
        Fill(Outputs, AfterAttention, input => block.Ffn.Forward(input, Rotary));
    }

    public void Dispose()
    {
        Inputs.Dispose();
        AfterAttention.Dispose();
        Outputs.Dispose();
        Rotary.Dispose();
        _rotary?.Dispose();
        _lowPrecisionTable?.Dispose();
        _lowPrecision?.Dispose();
    }

    // Made on a worker's thread, used by all.
    private static RotaryTable Detached(RotaryTable table)
    {
        foreach (RotaryTable one in table.Others.Prepend(table))
        {
            one.Cosine.DetachFromDisposeScope();
            one.SignedSine.DetachFromDisposeScope();
        }
        return table;
    }

    private TensorStore Empty(int batches) =>
        new(batches, _elements, _type, ComputeType, _parent.Device, _parent.Budget.ActivationBytes / 3, _parent.Budget.ScratchFolder);

    private void Fill(TensorStore to, TensorStore from, Func<Tensor, Tensor> forward) => Fill(to, batch => _microBatch.Run(() =>
    {
        Tensor output = InPieces(from[batch], forward);
        to.Set(batch, output);
        return output.size(0);
    }));

    private Tensor InPieces(Tensor input, Func<Tensor, Tensor> forward)
    {
        var parts = new List<Tensor>();
        foreach ((int start, int count) in _microBatch.Pieces(0, Windows))
        {
            if (count == Windows)
                return forward(input);
            using var scope = NewDisposeScope();
            parts.Add(forward(input.narrow(0, start, count)).MoveToOuterDisposeScope());
        }
        return cat(parts, 0);
    }

    private void Fill(TensorStore to, Action<int> fill) =>
        TorchWorkers.ForEach(_workers, [.. Enumerable.Range(0, to.Count)], batch =>
        {
            using var noGradients = no_grad();
            fill(batch);
        }, CancellationToken.None);
}
