using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>Writes the <c>block_configs</c> that <see cref="BlockConfigList"/> reads.</summary>
internal static class BlockConfigFormat
{
    /// <summary>Writes ModelOpt's members.</summary>
    public static void WriteModelOpt(Utf8JsonWriter json, Architecture architecture)
    {
        bool namesReach = architecture.Any(
            block => block.Attention is GroupedQueryAttentionConfig { Window: not null } or GroupedQueryAttentionConfig { Rotary: not 0 });
        json.WriteStartArray("block_configs");
        foreach (BlockConfig block in architecture)
            WriteModelOpt(json, block, namesReach);
        json.WriteEndArray();
    }

    /// <summary>Writes one block by ModelOpt's members.</summary>
    /// <param name="json">The writer, where a value may stand.</param>
    /// <param name="block">The block.</param>
    /// <param name="namesReach">Whether its window and rotary embedding are named.</param>
    public static void WriteModelOpt(Utf8JsonWriter json, BlockConfig block, bool namesReach)
    {
        json.WriteStartObject();
        json.WriteStartObject("attention");
        json.WriteBoolean("no_op", block.Attention is NoOpAttentionConfig);
        json.WriteNumberOrNull("num_key_value_heads", (block.Attention as GroupedQueryAttentionConfig)?.KeyValueHeads);
        json.WriteBoolean("replace_with_linear", block.Attention is LinearAttentionConfig);
        if (namesReach && block.Attention is GroupedQueryAttentionConfig reach)
        {
            json.WriteNumber(BlockConfigList.Rotary, reach.Rotary);
            json.WriteNumber(BlockConfigList.WindowLength, reach.Window ?? 0);
        }
        json.WriteEndObject();
        json.WriteStartObject("ffn");
        json.WriteNumberOrNull("intermediate_size", (block.Ffn as GatedFfnConfig)?.IntermediateSize);
        if (block.Ffn is MixtureFfnConfig mixture)
            WriteMixture(json, mixture);
        json.WriteBoolean("no_op", block.Ffn is NoOpFfnConfig);
        json.WriteBoolean("replace_with_linear", block.Ffn is LinearFfnConfig);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes DeciLM's members, all of which some reader requires.</summary>
    /// <exception cref="NotSupportedException">An FFN has a width that DeciLM cannot express.</exception>
    public static void WriteDeciLm(Utf8JsonWriter json, Architecture architecture, int heads, int hidden)
    {
        json.WriteStartArray("block_configs");
        foreach (BlockConfig block in architecture)
        {
            json.WriteStartObject();
            json.WriteStartObject("attention");
            json.WriteNumberOrNull("n_heads_in_group", heads / (block.Attention as GroupedQueryAttentionConfig)?.KeyValueHeads);
            json.WriteBoolean("no_op", block.Attention is NoOpAttentionConfig);
            json.WriteNull("num_sink_tokens");
            json.WriteBoolean("replace_with_linear", block.Attention is LinearAttentionConfig);
            json.WriteNull("sparsify");
            json.WriteBoolean("unshifted_sink", false);
            json.WriteBoolean("use_prefill_window_in_sink_attention", false);
            json.WriteNull("window_length");
            json.WriteEndObject();
            json.WriteStartObject("ffn");
            if (block.Ffn is GatedFfnConfig { IntermediateSize: var width })
                json.WriteNumber("ffn_mult", MultiplierOf(width, hidden));
            else
                json.WriteNull("ffn_mult");
            json.WriteBoolean("no_op", block.Ffn is NoOpFfnConfig);
            json.WriteBoolean("replace_with_linear", block.Ffn is LinearFfnConfig);
            json.WriteNull("sparsify");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteMixture(Utf8JsonWriter json, MixtureFfnConfig mixture)
    {
        json.WriteStartObject(BlockConfigList.Mixture);
        json.WriteNumber("expert_intermediate_dim", mixture.IntermediateSize);
        json.WriteNumber("num_experts_per_tok", mixture.ActiveExperts);
        json.WriteNumber("num_local_experts", mixture.Experts);
        json.WriteEndObject();
    }

    private static double MultiplierOf(int width, int hidden)
    {
        double multiplier = 3.0 * width / (2.0 * hidden);
        return BlockConfigList.WidthOf(multiplier, hidden) == width
            ? multiplier
            : throw new NotSupportedException($"DeciLM's FFN widths are multiples of {BlockConfigList.DeciLmWidthMultiple}, not {width}.");
    }
}
