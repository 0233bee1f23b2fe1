using Puzzle.Checkpoints;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>
/// A Llama-family decoder whose layers may differ: embedding, blocks, final norm and output head. Owns its weights.
/// B batch, T tokens, D hidden size, V vocabulary size.
/// </summary>
/// <remarks>
/// Hidden states at every layer boundary are reachable by calling <see cref="Embed"/>, each of <see cref="Blocks"/>
/// and <see cref="Logits"/> in turn. Forward passes under no_grad may run on several threads at once; the caller opens
/// a dispose scope on each.
/// </remarks>
public sealed class CausalLanguageModel : IDisposable
{
    private readonly Tensor _finalNorm;
    private readonly RmsNorm _norm;
    private readonly TransformerBlock[] _blocks;

    private CausalLanguageModel(ModelConfig config, Tensor embedding, TransformerBlock[] blocks, Tensor finalNorm, Tensor? head)
    {
        Config = config;
        Embedding = embedding;
        Head = head ?? embedding;
        _blocks = blocks;
        _finalNorm = finalNorm;
        _norm = new RmsNorm(finalNorm, config.RmsNormEpsilon);
        Rotary = new RotaryEmbedding(config, embedding.device, embedding.dtype);
    }

    /// <summary>Gets the model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Gets the embedding matrix, [V, D].</summary>
    public Tensor Embedding { get; }

    /// <summary>Gets the output head, [V, D]; the embedding matrix itself when tied.</summary>
    public Tensor Head { get; }

    /// <summary>Gets the layers.</summary>
    public IReadOnlyList<TransformerBlock> Blocks => _blocks;

    /// <summary>Gets the rotary tables all layers share.</summary>
    public RotaryEmbedding Rotary { get; }

    /// <summary>Gets where the weights live.</summary>
    public Device Device => Embedding.device;

    /// <summary>Gets the type of the weights and activations.</summary>
    public ScalarType ElementType => Embedding.dtype;

    /// <summary>Gets every weight once, by its whole name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Weights
    {
        get
        {
            yield return new(HuggingFaceNames.Embedding, Embedding);
            for (int layer = 0; layer < _blocks.Length; layer++)
            {
                foreach ((string name, Tensor weight) in _blocks[layer].Weights)
                    yield return new(HuggingFaceNames.LayerPrefix(layer) + name, weight);
            }
            yield return new(HuggingFaceNames.FinalNorm, _finalNorm);
            if (!Config.TieWordEmbeddings)
                yield return new(HuggingFaceNames.Head, Head);
        }
    }

    /// <summary>Gets the number of parameters, tied ones counted once.</summary>
    public long ParameterCount => Weights.Sum(weight => weight.Value.numel());

    /// <summary>Builds a model from named weights, which it owns from here on.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">The weights by whole name, all of one type and on one device.</param>
    /// <exception cref="ArgumentException">The config is inconsistent or a weight has another shape than it says.</exception>
    public static CausalLanguageModel Create(ModelConfig config, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        config.Validate();
        var owned = new List<IDisposable>();
        try
        {
            Tensor embedding = Own(HuggingFaceNames.Embedding, config.VocabularySize, config.HiddenSize);
            var blocks = new TransformerBlock[config.Layers];
            for (int layer = 0; layer < blocks.Length; layer++)
            {
                string prefix = HuggingFaceNames.LayerPrefix(layer);
                blocks[layer] = TransformerBlock.Create(config, config.Architecture[layer], name => weights(prefix + name));
                owned.Add(blocks[layer]);
            }
            Tensor finalNorm = Own(HuggingFaceNames.FinalNorm, config.HiddenSize);
            Tensor? head = config.TieWordEmbeddings ? null : Own(HuggingFaceNames.Head, config.VocabularySize, config.HiddenSize);
            return new CausalLanguageModel(config, embedding, blocks, finalNorm, head);
        }
        catch
        {
            owned.ForEach(item => item.Dispose());
            throw;
        }

        Tensor Own(string name, params ReadOnlySpan<long> shape)
        {
            Tensor weight = weights(name).DetachFromDisposeScope();
            owned.Add(weight);
            ShapeCheck.Require(name, weight, shape);
            return weight;
        }
    }

    /// <summary>Loads a model from a checkpoint folder.</summary>
    /// <param name="folder">A Hugging Face folder, Llama or one of its Puzzle-derived dialects.</param>
    /// <param name="type">The compute type; 32-bit floats by default.</param>
    /// <param name="device">Where the weights go; the CPU by default.</param>
    /// <exception cref="CheckpointFormatException">A file is missing, damaged or unsupported.</exception>
    public static CausalLanguageModel Load(string folder, ScalarType type = ScalarType.Float32, Device? device = null)
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        return Load(checkpoint, type, device);
    }

    /// <summary>Loads a model from an open checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint; not disposed.</param>
    /// <param name="type">The compute type; 32-bit floats by default.</param>
    /// <param name="device">Where the weights go; the CPU by default.</param>
    /// <exception cref="CheckpointFormatException">A file is damaged.</exception>
    public static CausalLanguageModel Load(CheckpointFolder checkpoint, ScalarType type = ScalarType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        TorchRuntime.Initialize();
        using var noGradients = no_grad();
        return Create(checkpoint.Config, name =>
        {
            using var scope = NewDisposeScope();
            return checkpoint.Read(name).to(type).to(device ?? CPU).MoveToOuterDisposeScope();
        });
    }

    /// <summary>Saves the model as a checkpoint folder that loads back bit for bit when <paramref name="type"/> is the model's own.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="type">How weights are stored; the model's own type if null.</param>
    /// <param name="options">Dialect, sharding, and where tokenizer files are copied from.</param>
    /// <returns>What was written, and how it differs from the model where the dialect or its readers need that.</returns>
    /// <exception cref="NotSupportedException">The dialect cannot express the model; nothing was written.</exception>
    public ExportReport Save(string folder, ScalarType? type = null, CheckpointWriterOptions? options = null)
    {
        using var scope = NewDisposeScope();
        return CheckpointWriter.Save(folder, Config, Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach(), StringComparer.Ordinal), type ?? ElementType, options);
    }

    /// <summary>Computes the next-token logits of whole sequences.</summary>
    /// <param name="ids">Token ids, [B, T], 64-bit integers.</param>
    /// <returns>[B, T, V]</returns>
    public Tensor Forward(Tensor ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Tensor hidden = Embed(ids);
        RotaryTable rotary = Rotary.At(0, (int)ids.size(1));
        foreach (TransformerBlock block in _blocks)
            hidden = block.Forward(hidden, rotary);
        return Logits(hidden);
    }

    /// <summary>Computes the logits of the last token after appending tokens to the cache (prefill and decode alike).</summary>
    /// <param name="ids">The next token ids of each sequence, [B, T], 64-bit integers.</param>
    /// <param name="cache">The sequences so far; advanced by T.</param>
    /// <returns>[B, V]</returns>
    public Tensor Forward(Tensor ids, KeyValueCache cache)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(cache);
        int tokens = (int)ids.size(1);
        Tensor hidden = Embed(ids);
        RotaryTable rotary = Rotary.At(cache.Length, tokens);
        for (int layer = 0; layer < _blocks.Length; layer++)
            hidden = _blocks[layer].Forward(hidden, rotary, cache[layer]);
        cache.Advance(tokens);
        return Logits(hidden.narrow(1, tokens - 1, 1)).squeeze(1);
    }

    /// <summary>Looks up the embeddings: the residual stream before layer 0.</summary>
    /// <param name="ids">Token ids, [B, T], 64-bit integers.</param>
    /// <returns>[B, T, D]</returns>
    public Tensor Embed(Tensor ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Embedding.index_select(0, ids.reshape(-1)).view(ids.size(0), ids.size(1), Config.HiddenSize);
    }

    /// <summary>Applies the final norm.</summary>
    /// <param name="hidden">The residual stream after the last layer, [..., D].</param>
    public Tensor Normalise(Tensor hidden) => _norm.Forward(hidden);

    /// <summary>Applies the final norm and the output head.</summary>
    /// <param name="hidden">The residual stream after the last layer, [..., D].</param>
    /// <returns>[..., V]</returns>
    public Tensor Logits(Tensor hidden) => nn.functional.linear(Normalise(hidden), Head);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TransformerBlock block in _blocks)
            block.Dispose();
        Embedding.Dispose();
        _finalNorm.Dispose();
        if (!Config.TieWordEmbeddings)
            Head.Dispose();
        Rotary.Dispose();
    }
}
