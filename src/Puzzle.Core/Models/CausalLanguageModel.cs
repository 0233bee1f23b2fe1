using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>
/// A decoder whose layers may differ: embedding, blocks, final norm and output head. Owns its weights.
/// B batch, T tokens, D hidden size, V vocabulary size.
/// </summary>
/// <remarks>
/// <para>
/// Hidden states at every layer boundary are reachable by calling <see cref="Embed"/>, each layer of <see cref="Borrow"/>
/// and <see cref="Logits"/> in turn. Forward passes under no_grad may run on several threads at once; the caller opens
/// a dispose scope on each.
/// </para>
/// <para>
/// A loaded or created model is resident: all its weights are in memory. An opened one (<see cref="Open"/>) is streamed: a layer is read
/// from the checkpoint when it is borrowed, the embedding row by row, and the head, once asked for, stays.
/// </para>
/// </remarks>
public sealed partial class CausalLanguageModel : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(CausalLanguageModel));
    private readonly Tensor _finalNorm;
    private readonly RmsNorm _norm;
    private readonly ModelEnds _ends;
    private readonly TransformerBlock[] _blocks = [];
    private readonly LayerStream? _stream;
    private readonly Lazy<Tensor> _embedding;
    private readonly Lazy<Tensor> _head;

    private CausalLanguageModel(ModelConfig config, Tensor embedding, TransformerBlock[] blocks, Tensor finalNorm, Tensor? head)
        : this(config, finalNorm, embedding.dtype, embedding.device)
    {
        _embedding = new Lazy<Tensor>(embedding);
        _head = head is null ? _embedding : new Lazy<Tensor>(head);
        _blocks = blocks;
    }

    private CausalLanguageModel(
        LayerStream stream, ModelConfig config, MemoryBudget budget, Tensor finalNorm, ScalarType type, Device device)
        : this(config, finalNorm, type, device)
    {
        (_stream, Budget) = (stream, budget);
        _head = new Lazy<Tensor>(() => stream.Read(WeightNames.Head).DetachFromDisposeScope());
        _embedding = config.TieWordEmbeddings ? _head : new Lazy<Tensor>(() => stream.Read(WeightNames.Embedding).DetachFromDisposeScope());
    }

#pragma warning disable CS8618 // The two constructors above set the rest.
    private CausalLanguageModel(ModelConfig config, Tensor finalNorm, ScalarType type, Device device)
#pragma warning restore CS8618
    {
        (Config, _finalNorm, ElementType, Device) = (config, finalNorm, type, device);
        _norm = new RmsNorm(finalNorm, config.RmsNormEpsilon, config.Norms.AddsOne);
        _ends = new ModelEnds(config);
        Rotary = new RotaryEmbedding(config, device, type);
    }

    /// <summary>Gets the model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Gets the embedding matrix, [V, D]. A streamed model reads it whole at the first use and keeps it.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor Embedding => Alive(_embedding).Value;

    /// <summary>Gets the output head, [V, D]; the embedding matrix itself when tied. A streamed model reads it at the first use and keeps
    /// it.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor Head => Alive(_head).Value;

    /// <summary>Gets the layers.</summary>
    /// <exception cref="InvalidOperationException">The model is streamed.</exception>
    public IReadOnlyList<TransformerBlock> Blocks => IsStreamed
        ? throw new InvalidOperationException($"The model is streamed, so its layers are not all in memory: {nameof(Borrow)} them one by "
            + $"one, or {nameof(Load)} the checkpoint.")
        : Alive(_blocks);

    /// <summary>Gets a value indicating whether layers are read from the checkpoint when they are borrowed.</summary>
    public bool IsStreamed => _stream is not null;

    /// <summary>Gets the rotary tables all layers share.</summary>
    public RotaryEmbedding Rotary { get; }

    /// <summary>Gets where the weights live.</summary>
    public Device Device { get; }

    /// <summary>Gets the type of the weights and activations.</summary>
    public ScalarType ElementType { get; }

    /// <summary>Gets every weight once, by its whole name.</summary>
    /// <exception cref="InvalidOperationException">The model is streamed.</exception>
    public IEnumerable<KeyValuePair<string, Tensor>> Weights => Blocks
        .SelectMany((block, layer) => block.Weights.Select(
            weight => KeyValuePair.Create(WeightNames.LayerPrefix(layer) + weight.Key, weight.Value)))
        .Prepend(new(WeightNames.Embedding, Embedding))
        .Concat(OuterWeights.Skip(1));

    /// <summary>Gets the weights that belong to no layer: embedding, final norm, and the head unless it is tied.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> OuterWeights
    {
        get
        {
            yield return new(WeightNames.Embedding, Embedding);
            yield return new(WeightNames.FinalNorm, _finalNorm);
            if (!Config.TieWordEmbeddings)
                yield return new(WeightNames.Head, Head);
        }
    }

    /// <summary>Gets what there is to work with beside the model's weights.</summary>
    internal MemoryBudget Budget { get; } = MemoryBudget.Unbounded;

    /// <summary>Gets the layers of a streamed model.</summary>
    internal LayerStream? Stream => _stream;

    /// <summary>Gets the number of parameters, tied ones counted once.</summary>
    public long ParameterCount => ParameterCounter.Total(Config);

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
            Tensor embedding = Own(WeightNames.Embedding, config.VocabularySize, config.HiddenSize);
            var blocks = new TransformerBlock[config.Layers];
            for (int layer = 0; layer < blocks.Length; layer++)
            {
                string prefix = WeightNames.LayerPrefix(layer);
                blocks[layer] = TransformerBlock.Create(config, config.Architecture[layer], name => weights(prefix + name));
                owned.Add(blocks[layer]);
            }
            Tensor finalNorm = Own(WeightNames.FinalNorm, config.HiddenSize);
            Tensor? head = config.TieWordEmbeddings ? null : Own(WeightNames.Head, config.VocabularySize, config.HiddenSize);
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
    /// <param name="cancellationToken">Stops within a weight.</param>
    /// <exception cref="CheckpointFormatException">A file is missing, damaged or unsupported.</exception>
    public static CausalLanguageModel Load(
        string folder, ScalarType type = ScalarType.Float32, Device? device = null, CancellationToken cancellationToken = default)
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        return Load(checkpoint, type, device, cancellationToken);
    }

    /// <summary>Loads a model from an open checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint; not disposed.</param>
    /// <param name="type">The compute type; 32-bit floats by default.</param>
    /// <param name="device">Where the weights go; the CPU by default.</param>
    /// <param name="cancellationToken">Stops within a weight.</param>
    /// <exception cref="CheckpointFormatException">A file is damaged.</exception>
    public static CausalLanguageModel Load(
        CheckpointFolder checkpoint, ScalarType type = ScalarType.Float32, Device? device = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        TorchRuntime.Initialize();
        using var noGradients = no_grad();
        return Create(checkpoint.Config, name => checkpoint.ReadAs(name, type, device ?? CPU, cancellationToken));
    }

    /// <summary>Opens a checkpoint as a streamed model, for parents larger than memory: calibration, blockwise distillation and scoring
    /// keep to the bound.</summary>
    /// <param name="folder">A Hugging Face folder, as for <see cref="Load(string, ScalarType, Device?, CancellationToken)"/>; must
    /// stay until the model is disposed.</param>
    /// <param name="options">The bound on memory, and where activations are spilled to; the defaults if null.</param>
    /// <param name="type">The compute type; 32-bit floats by default. Layers are converted as they are read.</param>
    /// <param name="device">Where weights go; the CPU by default.</param>
    /// <param name="cancellationToken">Stops the opening, which reads one small weight and may check its whole file first.</param>
    /// <exception cref="CheckpointFormatException">A file is missing, damaged or unsupported.</exception>
    /// <exception cref="ArgumentException">The bound is too small for this model; the message says what is needed.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of range.</exception>
    public static CausalLanguageModel Open(
        string folder, StreamingOptions? options = null, ScalarType type = ScalarType.Float32, Device? device = null,
        CancellationToken cancellationToken = default)
    {
        options = OptionsCheck.Valid(options);
        TorchRuntime.Initialize();
        using var noGradients = no_grad();
        CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        var stream = new LayerStream(checkpoint, type, device ?? CPU);
        try
        {
            MemoryBudget budget = MemoryBudget.Create(checkpoint.Config, type, options);
            Tensor finalNorm = stream.Read(WeightNames.FinalNorm, cancellationToken).DetachFromDisposeScope();
            return new CausalLanguageModel(stream, checkpoint.Config, budget, finalNorm, type, device ?? CPU);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Lends a layer. A streamed model reads it unless it is lent already, and forgets it when the last lease is
    /// disposed.</summary>
    /// <param name="layer">The layer, 0-based.</param>
    /// <returns>The lease. Two layers of a streamed model are in memory at most, and a third waits for one of them: a thread holds one
    /// lease at a time.</returns>
    /// <exception cref="CheckpointFormatException">The layer's weights cannot be read any more.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public BlockLease Borrow(int layer)
    {
        _calls.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, Config.Layers);
        return _stream?.Borrow(layer) ?? new BlockLease(_blocks[layer], giveBack: null);
    }

    /// <summary>Saves the model as a checkpoint folder that loads back bit for bit when <paramref name="type"/> is the model's
    /// own.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="type">How weights are stored; the model's own type if null.</param>
    /// <param name="options">Dialect, sharding, and where tokenizer files are copied from.</param>
    /// <param name="cancellationToken">Stops between weights and within one; what was there stays as it was.</param>
    /// <returns>What was written, and how it differs from the model where the dialect or its readers need that.</returns>
    /// <exception cref="NotSupportedException">The dialect cannot express the model; nothing was written.</exception>
    public ExportReport Save(
        string folder, ScalarType? type = null, CheckpointWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        using OpenCalls.Call call = _calls.Enter();
        using var scope = NewDisposeScope();
        if (_stream is not null)
            return CheckpointWriter.Save(
                folder, Config, name => _stream.Read(name, cancellationToken), type ?? ElementType, options, cancellationToken);
        return CheckpointWriter.Save(
            folder, Config, Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach(), StringComparer.Ordinal),
            type ?? ElementType, options, cancellationToken);
    }

    /// <summary>Computes the next-token logits of whole sequences.</summary>
    /// <param name="ids">Token ids, [B, T], 64-bit integers.</param>
    /// <returns>[B, T, V]</returns>
    /// <exception cref="ArgumentException">The ids are no such tensor, or outside the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more than the model has positions.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor Forward(Tensor ids)
    {
        using OpenCalls.Call call = _calls.Enter();
        TokenIds.Require(ids, Config.VocabularySize);
        return Logits(LastHiddenOfKnown(ids));
    }

    /// <summary>Computes the residual stream after the last layer of whole sequences, before the final norm.</summary>
    /// <param name="ids">Token ids, [B, T], 64-bit integers.</param>
    /// <returns>[B, T, D]</returns>
    /// <exception cref="ArgumentException">The ids are no such tensor, or outside the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more than the model has positions.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor LastHidden(Tensor ids)
    {
        TokenIds.Require(ids, Config.VocabularySize);
        return LastHiddenOfKnown(ids);
    }

    /// <summary>The same for ids that are known to be in the vocabulary.</summary>
    internal Tensor LastHiddenOfKnown(Tensor ids)
    {
        using OpenCalls.Call call = _calls.Enter();
        Tensor hidden = EmbedKnown(ids);
        RotaryTable rotary = Rotary.At(0, (int)ids.size(1));
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            using BlockLease lease = Borrow(layer);
            hidden = Subblock.Instead(hidden, lease.Block.Forward(hidden, rotary));
        }
        return hidden;
    }

    /// <summary>Computes the logits of the last token after appending tokens to the cache (prefill and decode alike).</summary>
    /// <param name="ids">The next token ids of each sequence, [B, T], 64-bit integers.</param>
    /// <param name="cache">The sequences so far; advanced by T.</param>
    /// <returns>[B, V]</returns>
    /// <exception cref="ArgumentException">The ids are no such tensor, outside the vocabulary, or do not fit the cache, which then stays as
    /// it was.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more than the model has positions.</exception>
    /// <exception cref="ObjectDisposedException">The model or the cache is disposed.</exception>
    public Tensor Forward(Tensor ids, KeyValueCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        TokenIds.Require(ids, Config.VocabularySize);
        return ForwardKnown(ids, cache);
    }

    /// <summary>The same for ids that are known to be in the vocabulary: looking at their values would wait for the device.</summary>
    internal Tensor ForwardKnown(Tensor ids, KeyValueCache cache)
    {
        using OpenCalls.Call call = _calls.Enter();
        cache.Require(ids);
        ids = cache.Take(ids, Rotary);
        int tokens = (int)ids.size(1);
        Tensor hidden = EmbedKnown(ids);
        RotaryTable rotary = Rotary.At(cache.Length, tokens);
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            using BlockLease lease = Borrow(layer);
            hidden = lease.Block.Forward(hidden, rotary, cache[layer]);
        }
        cache.Advance(tokens);
        return Logits(hidden.narrow(1, tokens - 1, 1)).squeeze(1);
    }

    /// <summary>Looks up the embeddings: the residual stream before layer 0.</summary>
    /// <param name="ids">Token ids, [B, T], 64-bit integers.</param>
    /// <returns>[B, T, D]</returns>
    /// <exception cref="ArgumentException">The ids are no such tensor, or outside the vocabulary.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor Embed(Tensor ids)
    {
        TokenIds.Require(ids, Config.VocabularySize);
        return EmbedKnown(ids);
    }

    /// <summary>The same for ids that are known to be in the vocabulary, such as those of a checked text.</summary>
    internal Tensor EmbedKnown(Tensor ids)
    {
        using OpenCalls.Call call = _calls.Enter();
        Tensor rows = _stream is null || _embedding.IsValueCreated
            ? Embedding.index_select(0, ids.reshape(-1))
            : _stream.ReadEmbeddings(ids.reshape(-1).cpu().data<long>().ToArray());
        return _ends.ScaleEmbeddings(rows.view(ids.size(0), ids.size(1), Config.HiddenSize));
    }

    /// <summary>Applies the final norm.</summary>
    /// <param name="hidden">The residual stream after the last layer, [..., D].</param>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor Normalize(Tensor hidden)
    {
        using OpenCalls.Call call = _calls.Enter();
        return _norm.Forward(hidden);
    }

    /// <summary>Applies the final norm and the output head.</summary>
    /// <param name="hidden">The residual stream after the last layer, [..., D].</param>
    /// <returns>[..., V]</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor Logits(Tensor hidden) => LogitsOfNormalized(Normalize(hidden));

    /// <summary>Applies the output head.</summary>
    /// <param name="normalized">The residual stream after the final norm, [..., D].</param>
    /// <returns>[..., V]</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Tensor LogitsOfNormalized(Tensor normalized)
    {
        using OpenCalls.Call call = _calls.Enter();
        return _ends.FinishLogits(nn.functional.linear(normalized, Head));
    }

    /// <summary>Disposes the weights, once no call uses them any more; calls that wait for a layer fail.</summary>
    public void Dispose()
    {
        _stream?.Close();
        if (!_calls.Close())
            return;
        foreach (TransformerBlock block in _blocks)
            block.Dispose();
        _stream?.Dispose();
        if (_embedding.IsValueCreated)
            _embedding.Value.Dispose();
        if (_head.IsValueCreated && !Config.TieWordEmbeddings)
            _head.Value.Dispose();
        _finalNorm.Dispose();
        Rotary.Dispose();
    }

    private T Alive<T>(T value)
    {
        _calls.Check();
        return value;
    }
}
