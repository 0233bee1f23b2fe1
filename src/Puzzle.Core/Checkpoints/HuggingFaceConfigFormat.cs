using System.Buffers;
using System.Text;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints.Families;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Formats a model's shape as Hugging Face's config.json.</summary>
internal static class HuggingFaceConfigFormat
{
    private const string DeciLmCode = "nvidia/Llama-3_3-Nemotron-Super-49B-v1_5";

    /// <summary>Gives the file's text.</summary>
    /// <exception cref="ArgumentException">The config is inconsistent.</exception>
    /// <exception cref="NotSupportedException">The dialect cannot express the model.</exception>
    public static string Format(ModelConfig config, ScalarType type, CheckpointDialect dialect)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        dialect = DialectRules.Resolve(dialect, config);
        DialectRules.Require(dialect, config);
        return IsExact(config, dialect)
            ? Text(config, type, dialect)
            : throw new NotSupportedException($"A {dialect} config of family {config.Family} cannot express this model "
                + $"({config.Architecture}): read again, it would describe another one.");
    }

    /// <summary>Tells whether a dialect's file of a model, read again, describes the same model.</summary>
    public static bool IsExact(ModelConfig config, CheckpointDialect dialect)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Text(config, ScalarType.Float32, dialect));
            return CheckpointFingerprint.Describe(
                HuggingFaceConfig.Read(document, HuggingFaceConfig.FileName)) == CheckpointFingerprint.Describe(config);
        }
        catch (Exception exception) when (exception is NotSupportedException or CheckpointFormatException)
        {
            return false;
        }
    }

    private static string Text(ModelConfig config, ScalarType type, CheckpointDialect dialect)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            Write(json, config, type, dialect);
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ModelConfig config, ScalarType type, CheckpointDialect dialect)
    {
        ModelFamily family = FamilyTable.Of(config.Family);
        json.WriteStartObject();
        WriteClass(json, family, dialect);
        WriteLayers(json, config, dialect);
        json.WriteNumberOrNull("bos_token_id", config.BeginOfTextId);
        WriteEnds(json, config.EndOfTextIds);
        if (dialect != CheckpointDialect.DeciLm)
            json.WriteNumber("head_dim", config.HeadSize);
        if (family.ActivationKey.Length > 0)
            json.WriteString(family.ActivationKey, CommonKeys.NameOf(config.Ffn.Activation));
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumberOrNull("intermediate_size", GlobalSize(dialect, Widths(config)));
        int positions = config.RopeScaling is DynamicRopeScaling dynamic ? dynamic.OriginalMaxPositions : config.MaxPositions;
        json.WriteNumber("max_position_embeddings", positions);
        json.WriteString("model_type", dialect == CheckpointDialect.DeciLm ? "nemotron-nas" : family.ModelType);
        json.WriteNumber("num_attention_heads", config.AttentionHeads);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumberOrNull(
            "num_key_value_heads",
            GlobalSize(dialect, config.Architecture.Select(block => (block.Attention as GroupedQueryAttentionConfig)?.KeyValueHeads)));
        json.WriteNumber("rms_norm_eps", config.RmsNormEpsilon);
        WriteRotary(json, family, config, positions);
        json.WriteBoolean("tie_word_embeddings", config.TieWordEmbeddings);
        json.WriteString("torch_dtype", TensorTypes.ConfigNameOf(type));
        json.WriteNumber("vocab_size", config.VocabularySize);
        family.Write(json, config);
        json.WriteEndObject();
    }

    // Dense layers name the width; where there are none, experts do.
    private static IEnumerable<int?> Widths(ModelConfig config) =>
        config.Architecture.Any(block => block.Ffn is GatedFfnConfig)
            ? config.Architecture.Select(block => (block.Ffn as GatedFfnConfig)?.IntermediateSize)
            : config.Architecture.Select(block => (block.Ffn as MixtureFfnConfig)?.IntermediateSize);

    private static void WriteLayers(Utf8JsonWriter json, ModelConfig config, CheckpointDialect dialect)
    {
        switch (dialect)
        {
            case CheckpointDialect.ModelOpt:
                BlockConfigFormat.WriteModelOpt(json, config.Architecture);
                break;
            case CheckpointDialect.DeciLm:
                BlockConfigFormat.WriteDeciLm(json, config.Architecture, config.AttentionHeads, config.HiddenSize);
                break;
            case CheckpointDialect.PerLayerConfig:
                PerLayerConfigList.Write(json, config.Architecture);
                break;
        }
    }

    private static void WriteClass(Utf8JsonWriter json, ModelFamily family, CheckpointDialect dialect)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(dialect switch
        {
            CheckpointDialect.DeciLm => "DeciLMForCausalLM",
            CheckpointDialect.PerLayerConfig => "AnyModel",
            _ => family.ModelClass,
        });
        json.WriteEndArray();
        if (dialect == CheckpointDialect.PerLayerConfig)
            json.WriteString("base_architecture", "LlamaForCausalLM");
        if (dialect != CheckpointDialect.DeciLm)
            return;
        // The model code that the published models use; a name without a repository would ask for a file beside the weights.
        json.WriteStartObject("auto_map");
        json.WriteString("AutoConfig", $"{DeciLmCode}--configuration_decilm.DeciLMConfig");
        json.WriteString("AutoModelForCausalLM", $"{DeciLmCode}--modeling_decilm.DeciLMForCausalLM");
        json.WriteEndObject();
    }

    // DeciLM's readers expect these to be null, and take each layer's size from block_configs.
    private static int? GlobalSize(CheckpointDialect dialect, IEnumerable<int?> sizes) =>
        dialect == CheckpointDialect.DeciLm ? null : sizes.Max();

    private static void WriteEnds(Utf8JsonWriter json, IReadOnlyList<int> ids)
    {
        if (ids.Count <= 1)
        {
            json.WriteNumberOrNull("eos_token_id", ids.Count == 0 ? null : ids[0]);
            return;
        }
        json.WriteStartArray("eos_token_id");
        foreach (int id in ids)
            json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private static void WriteRotary(Utf8JsonWriter json, ModelFamily family, ModelConfig config, int positions)
    {
        if (config.RotarySize is { } size)
            json.WriteNumber("partial_rotary_factor", PartialFactor(size, config.HeadSize));
        json.WriteNumber("rope_theta", config.RopeTheta);
        if (config.RopeScaling is not { } scaling)
        {
            json.WriteNull("rope_scaling");
            return;
        }
        json.WriteStartObject("rope_scaling");
        RopeScalingKeys.Write(json, family, scaling, positions);
        json.WriteEndObject();
    }

    // Readers multiply and cut off: the quotient may be a rounding error too small.
    private static double PartialFactor(int size, int headSize)
    {
        double factor = (double)size / headSize;
        return (int)(headSize * factor) == size ? factor : Math.BitIncrement(factor);
    }
}
