using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>One layer: an attention subblock, then an FFN subblock. Owns both.</summary>
public sealed class TransformerBlock : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(TransformerBlock));

    private TransformerBlock(BlockConfig config, Subblock attention, Subblock ffn) =>
        (Config, Attention, Ffn) = (config, attention, ffn);

    /// <summary>Gets what the block is made of.</summary>
    public BlockConfig Config { get; }

    /// <summary>Gets the attention subblock.</summary>
    public Subblock Attention { get; }

    /// <summary>Gets the FFN subblock.</summary>
    public Subblock Ffn { get; }

    /// <summary>Gets every weight of the layer by its name within the layer.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Weights => Attention.Weights.Concat(Ffn.Weights);

    /// <summary>Builds a block from named weights, which it owns from here on.</summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="block">The block's own configs.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    /// <exception cref="ArgumentException">A weight has another shape than the config says.</exception>
    public static TransformerBlock Create(ModelConfig model, BlockConfig block, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(block);
        Subblock attention = CreateAttention(model, block.Attention, weights);
        try
        {
            return new TransformerBlock(block, attention, CreateFfn(model, block.Ffn, weights));
        }
        catch
        {
            attention.Dispose();
            throw;
        }
    }

    /// <summary>Builds an attention subblock from named weights, which it owns from here on.</summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="config">The subblock's config.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    public static Subblock CreateAttention(ModelConfig model, AttentionConfig config, WeightSource weights) => config switch
    {
        GroupedQueryAttentionConfig gqa => new GroupedQueryAttention(model, gqa, weights),
        LinearAttentionConfig => LinearSubblock.ForAttention(model, weights),
        NoOpAttentionConfig => new NoOpSubblock(),
        _ => throw new ArgumentNullException(nameof(config)),
    };

    /// <summary>Builds an FFN subblock from named weights, which it owns from here on.</summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="config">The subblock's config.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    public static Subblock CreateFfn(ModelConfig model, FfnConfig config, WeightSource weights) => config switch
    {
        GatedFfnConfig gated => new GatedFeedForward(model, gated.IntermediateSize, weights),
        MixtureFfnConfig mixture => new MixtureFeedForward(model, mixture, weights),
        LinearFfnConfig => LinearSubblock.ForFfn(model, weights),
        NoOpFfnConfig => new NoOpSubblock(),
        _ => throw new ArgumentNullException(nameof(config)),
    };

    /// <summary>Computes the residual stream after this layer.</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <param name="rotary">The rotary table at these tokens' positions.</param>
    /// <param name="cache">The layer's key-value cache, if any.</param>
    /// <returns>[B, T, D]; <paramref name="hidden"/> itself if both subblocks are no-ops.</returns>
    /// <exception cref="ObjectDisposedException">The block is disposed.</exception>
    public Tensor Forward(Tensor hidden, RotaryTable rotary, LayerCache? cache = null)
    {
        using OpenCalls.Call call = _calls.Enter();
        using var scope = NewDisposeScope();
        return Subblock.Leaving(hidden, Ffn.Forward(Attention.Forward(hidden, rotary, cache), rotary));
    }

    /// <summary>Disposes both subblocks, once no call uses them any more.</summary>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        Attention.Dispose();
        Ffn.Dispose();
    }
}
