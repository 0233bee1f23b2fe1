using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>The block of a unit: the halves that are made have weights of their own, the others are the parent's or a no-op.</summary>
internal sealed class TrainedBlock : IDisposable
{
    private readonly Subblock _attention;
    private readonly Subblock _ffn;
    private readonly bool _makesAttention;
    private readonly bool _makesFfn;
    private readonly bool _keepsParentAttention;
    private readonly bool _isCopy;
    private readonly ScalarType _type = ScalarType.Float32;
    private readonly BlockUnit _unit;

    private TrainedBlock(BlockUnit unit, TransformerBlock parent, Func<Subblock> attention, Func<Subblock> ffn)
    {
        (_unit, _makesAttention, _makesFfn) = (unit, unit.Attention is not null, unit.Ffn is not null);
        _keepsParentAttention = !_makesAttention && unit.Block.Attention == parent.Config.Attention;
        _attention = _makesAttention ? attention() : _keepsParentAttention ? parent.Attention : new NoOpSubblock();
        try
        {
            _ffn = _makesFfn ? ffn() : unit.Block.Ffn == parent.Config.Ffn ? parent.Ffn : new NoOpSubblock();
        }
        catch when (_makesAttention)
        {
            _attention.Dispose();
            throw;
        }
    }

    private TrainedBlock(TrainedBlock other, ModelConfig config, ScalarType type)
    {
        (_unit, _type, _isCopy, _makesAttention, _makesFfn, _keepsParentAttention) =
            (other._unit, type, true, other._makesAttention, other._makesFfn, other._keepsParentAttention);
        // Another attention than a made one is not run.
        _attention = _makesAttention
            ? TransformerBlock.CreateAttention(config, _unit.Block.Attention, Copy(other._attention))
            : new NoOpSubblock();
        _ffn = other._ffn is NoOpSubblock ? new NoOpSubblock()
            : other.Nested is { } nested ? nested.As(type)
            : TransformerBlock.CreateFfn(config, _unit.Block.Ffn, Copy(other._ffn));

        WeightSource Copy(Subblock subblock) => name => subblock.Weights[name].detach().to(type, copy: true);
    }

    /// <summary>Gets the number of widths that its FFN nests; 1 if it nests none.</summary>
    public int Widths => Nested is null ? 1 : _unit.Widths.Count;

    /// <summary>Gets or sets the place of the width that is computed; 0, and without effect, where none are nested.</summary>
    public int Place
    {
        get => Nested?.Place ?? 0;
        set
        {
            if (Nested is { } nested)
                nested.Place = value;
        }
    }

    private NestedFeedForward? Nested => _ffn as NestedFeedForward;

    /// <summary>Gets the attention's weights, if it is made.</summary>
    public IReadOnlyDictionary<string, Tensor>? AttentionWeights => _makesAttention ? _attention.Weights : null;

    /// <summary>Gives the FFN's weights, if it is made: of one of the widths that it nests, in the caller's dispose scope, or its
    /// own.</summary>
    /// <param name="place">The width's place.</param>
    public IReadOnlyDictionary<string, Tensor>? FfnWeights(int place = 0) => !_makesFfn ? null : Nested?.Cut(place) ?? _ffn.Weights;

    /// <summary>Gets the weights to train.</summary>
    public IEnumerable<Tensor> Parameters => (AttentionWeights?.Values ?? []).Concat(_makesFfn ? _ffn.Weights.Values : []);

    /// <summary>Makes a unit's block as it is before training.</summary>
    /// <param name="unit">What to make.</param>
    /// <param name="model">The parent.</param>
    /// <param name="parent">The parent's block at the unit's layer.</param>
    /// <param name="contribution">The contribution of each of the parent's FFN channels, [F]; only a narrower FFN needs it.</param>
    /// <param name="experts">The contributions of the parent's experts; only variants of a mixture need it.</param>
    /// <param name="library">Holds what the unit starts from, if anything.</param>
    /// <param name="starts">The layer's closed-form starts; null for the paper's. What is not covered starts as in the paper.</param>
    /// <param name="cancellationToken">Stops between batches of text.</param>
    /// <exception cref="ArgumentException">The unit cannot be made from the parent's block.</exception>
    public static TrainedBlock Create(
        BlockUnit unit, CausalLanguageModel model, TransformerBlock parent, Tensor? contribution, ExpertContribution? experts,
        IBlockLibrary library, LayerStarts? starts, CancellationToken cancellationToken)
    {
        return new TrainedBlock(
            unit, parent, () => Attention(unit.Block.Attention), () => unit.IsNested ? NestedFfns() : Ffn(unit.Block.Ffn));

        Subblock Attention(AttentionConfig config)
        {
            Dictionary<string, Tensor> weights = config switch
            {
                NoOpAttentionConfig => [],
                _ when unit.AttentionStart is { } start => Stored(start),
                _ when starts?.Attention(unit, cancellationToken) is { } made => made,
                _ when config == parent.Config.Attention => Copy(parent.Attention),
                _ when parent.Config.Attention is GroupedQueryAttentionConfig own =>
                    AttentionInitializer.Create(model.Config, own, parent.Attention.Weights, config),
                _ => throw Impossible(),
            };
            return TransformerBlock.CreateAttention(model.Config, config, name => weights[name]);
        }

        Subblock Ffn(FfnConfig config)
        {
            Dictionary<string, Tensor> weights = config switch
            {
                NoOpFfnConfig => [],
                _ when unit.FfnStart is { } start => Stored(start),
                _ when starts?.Ffn(unit, cancellationToken) is { } made => made,
                _ when config == parent.Config.Ffn => Copy(parent.Ffn),
                _ when parent.Config.Ffn is MixtureFfnConfig mixture
                    && experts is not null => MixtureInitializer.Create(mixture, parent.Ffn.Weights, experts, config),
                _ when parent.Config.Ffn is GatedFfnConfig => FfnInitializer.Create(parent.Ffn.Weights, contribution, config),
                _ => throw Impossible(),
            };
            return TransformerBlock.CreateFfn(model.Config, config, name => weights[name]);
        }

        Subblock NestedFfns()
        {
            Dictionary<string, Tensor> weights =
                starts?.Nested(unit, cancellationToken) ?? NestedStart.ByContribution(parent.Ffn.Weights, contribution!, unit.Widths);
            return new NestedFeedForward(model.Config, unit.Widths, name => weights[name]);
        }

        Dictionary<string, Tensor> Stored(SubblockVariant start) =>
            library.ReadWeights(start).ToDictionary(
                weight => weight.Key, weight => weight.Value.to(ScalarType.Float32, model.Device, copy: true), StringComparer.Ordinal);

        static Dictionary<string, Tensor> Copy(Subblock subblock) =>
            subblock.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().clone(), StringComparer.Ordinal);

        ArgumentException Impossible() => new($"{unit} cannot be made from the parent's {parent.Config}.");
    }

    /// <summary>Gives a block of the same weights in another type, to compute with; it follows only if it is told to.</summary>
    /// <param name="config">The parent's shape.</param>
    /// <param name="type">The type.</param>
    public TrainedBlock In(ModelConfig config, ScalarType type) => new(this, config, type);

    /// <summary>Computes the block's output on some windows of a batch, [count, T, D].</summary>
    /// <param name="activations">The parent's streams around the layer.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="start">The first window.</param>
    /// <param name="count">How many.</param>
    public Tensor Forward(LayerActivations activations, int batch, int start, int count)
    {
        RotaryTable rotary = activations.RotaryOf(_type);
        Tensor input = (_keepsParentAttention ? activations.AfterAttention : activations.Inputs)[batch].narrow(0, start, count).to(_type);
        return _makesAttention ? _ffn.Forward(_attention.ForwardFolded(input, rotary), rotary) : _ffn.ForwardFolded(input, rotary);
    }

    public void Dispose()
    {
        if (_makesAttention)
            _attention.Dispose();
        if (_makesFfn || _isCopy)
            _ffn.Dispose();
    }
}
