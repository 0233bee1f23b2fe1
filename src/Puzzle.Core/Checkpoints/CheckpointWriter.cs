using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints.Families;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Writes Hugging Face checkpoint folders, in any <see cref="CheckpointDialect"/>, that <see cref="CheckpointFolder"/> reads back
/// bit for bit.</summary>
public static class CheckpointWriter
{
    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "merges.txt", "chat_template.jinja", "chat_template.json", "generation_config.json",
    ];

    /// <summary>Saves a model whose weights are all in memory.</summary>
    /// <param name="folder">The folder to create, or whose checkpoint to replace.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Exactly the weights of <see cref="WeightNames.Model"/>; on any device, of any floating-point type.</param>
    /// <param name="type">The element type to store.</param>
    /// <param name="options">The layout; defaults if null.</param>
    /// <param name="cancellationToken">Stops between weights and within one; what was there stays as it was.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ArgumentException">The config is inconsistent; or a weight is missing, superfluous, of another shape, or (once
    /// converted) not finite.</exception>
    /// <exception cref="NotSupportedException">The dialect cannot express the model; nothing was written.</exception>
    public static ExportReport Save(
        string folder, ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, ScalarType type,
        CheckpointWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        config.Validate();
        var names = WeightNames.Model(config).Select(weight => weight.Name).ToHashSet(StringComparer.Ordinal);
        if (names.Except(weights.Keys).Min(StringComparer.Ordinal) is { } missing)
            throw new ArgumentException($"Weight '{missing}' is missing.", nameof(weights));
        if (weights.Keys.Except(names).Min(StringComparer.Ordinal) is { } extra)
            throw new ArgumentException($"The model has no weight '{extra}'.", nameof(weights));
        return Save(folder, config, name => weights[name], type, options, cancellationToken);
    }

    /// <summary>
    /// Saves a model whose weights are made one by one, so that only one need be in memory. Everything is written aside first:
    /// if anything fails, a checkpoint that was there stays as it was.
    /// </summary>
    /// <param name="folder">The folder to create, or whose checkpoint to replace; its other files stay.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="weight">
    /// Gives the weight of a name of <see cref="WeightNames.Model"/>, for example through <see cref="CheckpointFolder.Read"/>. It is
    /// called inside a dispose scope, which disposes the tensors made there; tensors that existed before stay.
    /// </param>
    /// <param name="type">The element type to store.</param>
    /// <param name="options">The layout; defaults if null.</param>
    /// <param name="cancellationToken">Stops between weights and within one; what was there stays as it was.</param>
    /// <returns>What was written, and how it differs from the model where the dialect or its readers need that.</returns>
    /// <exception cref="ArgumentException">The config is inconsistent, or a weight is of another shape or (once converted) not
    /// finite.</exception>
    /// <exception cref="NotSupportedException">The dialect cannot express the model; nothing was written.</exception>
    /// <exception cref="IOException">Another process is writing the same folder, or it cannot be written.</exception>
    public static ExportReport Save(
        string folder, ModelConfig config, WeightSource weight, ScalarType type, CheckpointWriterOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weight);
        options = OptionsCheck.Valid(options);
        config.Validate();
        if (!TensorTypes.IsFloatingPoint(type))
            throw new ArgumentException($"Weights are stored as floating-point numbers, not {type}.", nameof(type));

        CheckpointDialect dialect = DialectRules.Resolve(options.Dialect, config);
        // DeciLM is Llama by another name: weights of another family that computes the same are stored as Llama's.
        if (dialect == CheckpointDialect.DeciLm)
            config = config with { Family = "llama" };
        DialectRules.Require(dialect, config);
        ModelAdaptation model = ModelAdaptation.Create(config, dialect != CheckpointDialect.DeciLm
            ? AdaptationRules.None
            : options.KeepNoOps ? AdaptationRules.DeciLm : AdaptationRules.DeciLmReaders);

        using var staging = new StagedFolder(folder, HuggingFaceConfig.FileName, WeightFiles.Index, "model*.safetensors");
        HuggingFaceConfig.Write(Path.Combine(staging.Path, HuggingFaceConfig.FileName), model.Config, type, dialect);
        CopyTokenizer(options.TokenizerFolder, staging.Path);
        WriteWeights(staging.Path, [.. Sources(model, weight, type)], options.MaxShardBytes, cancellationToken);
        staging.Commit(options.Identity, cancellationToken);
        return model.Report;
    }

    // Layers are stored as their family does; what lies outside them, as it is.
    private static IEnumerable<TensorSource> Sources(ModelAdaptation model, WeightSource weight, ScalarType type)
    {
        ModelFamily family = FamilyTable.Of(model.Config.Family);
        // What follows the layers is a group of its own, so that the order stays.
        foreach (IGrouping<(int?, bool), AdaptedWeight> layer
            in model.Weights().GroupBy(adapted => (adapted.Layer, adapted.LocalName == WeightNames.Embedding)))
        {
            var weights = layer.ToDictionary(adapted => adapted.LocalName, StringComparer.Ordinal);
            string prefix = layer.Key.Item1 is { } index ? WeightNames.LayerPrefix(index) : "";
            foreach (StoredTensor stored
                in FamilyWeights.Store(
                    family, [.. layer.Select(adapted => new WeightShape(adapted.LocalName, [.. adapted.Exported.Shape]))]))
            {
                yield return new TensorSource(prefix + stored.Tensor.Name, type, [.. stored.Tensor.Shape],
                    () => stored.Pack([.. stored.Weights.Select(name => weights[name].Make(weight, type, stored.Entry))]).contiguous());
            }
        }
    }

    private static void WriteWeights(string folder, TensorSource[] sources, long maxShardBytes, CancellationToken cancellationToken)
    {
        List<List<TensorSource>> shards = Split(sources, maxShardBytes);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, WeightFiles.Single), shards[0], metadata: null, cancellationToken);
            return;
        }
        var placement = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int shard = 0; shard < shards.Count; shard++)
        {
            string file = $"model-{shard + 1:D5}-of-{shards.Count:D5}.safetensors";
            SafetensorsWriter.Write(Path.Combine(folder, file), shards[shard], metadata: null, cancellationToken);
            foreach (TensorSource source in shards[shard])
                placement.Add(source.Name, file);
        }
        AtomicFile.Write(Path.Combine(folder, WeightFiles.Index), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", sources.Sum(source => source.Length));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach ((string tensor, string file) in placement)
                json.WriteString(tensor, file);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static List<List<TensorSource>> Split(TensorSource[] sources, long maxShardBytes)
    {
        List<List<TensorSource>> shards = [[]];
        long used = 0;
        foreach (TensorSource source in sources)
        {
            if (shards[^1].Count > 0 && used + source.Length > maxShardBytes)
            {
                shards.Add([]);
                used = 0;
            }
            shards[^1].Add(source);
            used += source.Length;
        }
        return shards;
    }

    /// <summary>Copies a folder's tokenizer and generation files, those that are there.</summary>
    internal static void CopyTokenizer(string? source, string folder)
    {
        if (source is null)
            return;
        foreach (string path in TokenizerFiles.Select(file => Path.Combine(source, file)).Where(File.Exists))
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
    }
}
