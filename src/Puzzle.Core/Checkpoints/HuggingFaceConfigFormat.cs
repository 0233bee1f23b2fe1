using System.Buffers;
using System.Text;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Formats a model's shape as Hugging Face's config.json.</summary>
internal static class HuggingFaceConfigFormat
{
    /// <summary>Gives the file's text.</summary>
    /// <exception cref="ArgumentException">The config is inconsistent.</exception>
    public static string Format(ModelConfig config, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            Write(json, config, type);
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ModelConfig config, ScalarType type)
    {
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue("LlamaForCausalLM");
        json.WriteEndArray();
        json.WriteBoolean("attention_bias", false);
        WriteBlocks(json, config.Architecture);
        WriteNumber(json, "bos_token_id", config.BeginOfTextId);
        WriteEnds(json, config.EndOfTextIds);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", config.HiddenSize);
        WriteNumber(json, "intermediate_size", config.Architecture.Max(block => (block.Ffn as GatedFfnConfig)?.IntermediateSize));
        json.WriteNumber("max_position_embeddings", config.MaxPositions);
        json.WriteBoolean("mlp_bias", false);
        json.WriteString("model_type", "llama");
        json.WriteNumber("num_attention_heads", config.AttentionHeads);
        json.WriteNumber("num_hidden_layers", config.Layers);
        WriteNumber(json, "num_key_value_heads", config.Architecture.Max(block => (block.Attention as GroupedQueryAttentionConfig)?.KeyValueHeads));
        json.WriteNumber("rms_norm_eps", config.RmsNormEpsilon);
        WriteScaling(json, config.RopeScaling);
        json.WriteNumber("rope_theta", config.RopeTheta);
        json.WriteBoolean("tie_word_embeddings", config.TieWordEmbeddings);
        json.WriteString("torch_dtype", TensorTypes.ConfigNameOf(type));
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteEndObject();
    }

    private static void WriteBlocks(Utf8JsonWriter json, Architecture architecture)
    {
        if (architecture.IsUniform && architecture[0] is { Attention: GroupedQueryAttentionConfig, Ffn: GatedFfnConfig })
            return;
        json.WriteStartArray("block_configs");
        foreach (BlockConfig block in architecture)
        {
            json.WriteStartObject();
            json.WriteStartObject("attention");
            json.WriteBoolean("no_op", block.Attention is NoOpAttentionConfig);
            WriteNumber(json, "num_key_value_heads", (block.Attention as GroupedQueryAttentionConfig)?.KeyValueHeads);
            json.WriteBoolean("replace_with_linear", block.Attention is LinearAttentionConfig);
            json.WriteEndObject();
            json.WriteStartObject("ffn");
            WriteNumber(json, "intermediate_size", (block.Ffn as GatedFfnConfig)?.IntermediateSize);
            json.WriteBoolean("no_op", block.Ffn is NoOpFfnConfig);
            json.WriteBoolean("replace_with_linear", block.Ffn is LinearFfnConfig);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteEnds(Utf8JsonWriter json, IReadOnlyList<int> ids)
    {
        if (ids.Count <= 1)
        {
            WriteNumber(json, "eos_token_id", ids.Count == 0 ? null : ids[0]);
            return;
        }
        json.WriteStartArray("eos_token_id");
        foreach (int id in ids)
            json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private static void WriteScaling(Utf8JsonWriter json, RopeScaling? scaling)
    {
        if (scaling is null)
        {
            json.WriteNull("rope_scaling");
            return;
        }
        json.WriteStartObject("rope_scaling");
        json.WriteNumber("factor", scaling.Factor);
        json.WriteNumber("high_freq_factor", scaling.HighFrequencyFactor);
        json.WriteNumber("low_freq_factor", scaling.LowFrequencyFactor);
        json.WriteNumber("original_max_position_embeddings", scaling.OriginalMaxPositions);
        json.WriteString("rope_type", "llama3");
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string key, int? value)
    {
        if (value is { } number)
            json.WriteNumber(key, number);
        else
            json.WriteNull(key);
    }
}
