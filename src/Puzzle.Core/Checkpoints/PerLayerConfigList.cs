using System.Globalization;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>The <c>per_layer_config</c> of a config.json: what differs from the global sizes, by layer index.</summary>
internal static class PerLayerConfigList
{
    private const string Attention = "attention";
    private const string Ffn = "mlp";

    /// <summary>Reads all layers; a layer or a size that is not listed has the global one.</summary>
    /// <param name="list">The object, whose members are named by layer.</param>
    /// <param name="plain">The layers by the global sizes.</param>
    /// <param name="width">The global FFN width, if there is one.</param>
    public static Architecture Take(ConfigObject list, Architecture plain, int? width)
    {
        int layers = plain.Count;
        var entries = new ConfigObject?[layers];
        foreach ((string key, ConfigObject entry) in list.TakeAllObjects())
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) || layer >= layers)
                throw list.Error($"'{key}' is not the index of one of {layers} layers");
            if (entries[layer] is not null)
                throw list.Error($"layer {layer} is listed twice");
            entries[layer] = entry;
        }
        return new Architecture(entries.Select((entry, layer) => TakeBlock(list, entry, plain[layer], width)));
    }

    /// <summary>Writes all layers in full.</summary>
    public static void Write(Utf8JsonWriter json, Architecture architecture)
    {
        json.WriteStartObject("per_layer_config");
        for (int layer = 0; layer < architecture.Count; layer++)
        {
            BlockConfig block = architecture[layer];
            json.WriteStartObject(layer.ToString(CultureInfo.InvariantCulture));
            if (block.Ffn is GatedFfnConfig { IntermediateSize: var width })
                json.WriteNumber("intermediate_size", width);
            if (block.Attention is GroupedQueryAttentionConfig { KeyValueHeads: var heads })
                json.WriteNumber("num_key_value_heads", heads);
            json.WriteStartArray("skip");
            if (block.Attention is NoOpAttentionConfig)
                json.WriteStringValue(Attention);
            if (block.Ffn is NoOpFfnConfig)
                json.WriteStringValue(Ffn);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static BlockConfig TakeBlock(ConfigObject list, ConfigObject? entry, BlockConfig plain, int? width)
    {
        AttentionConfig attention = plain.Attention;
        IReadOnlyList<string> skip = [];
        if (entry is not null)
        {
            if (entry.TakeInt("num_key_value_heads") is { } heads && attention is GroupedQueryAttentionConfig gqa)
                attention = gqa with { KeyValueHeads = heads };
            width = entry.TakeInt("intermediate_size") ?? width;
            skip = entry.TakeTexts("skip");
            if (skip.FirstOrDefault(name => name is not (Attention or Ffn)) is { } unknown)
                throw entry.Error($"skip names '{unknown}'; supported are {Attention} and {Ffn}");
            entry.TakeFixed("hidden_act", "\"silu\"");
            entry.RejectRest();
        }
        if (skip.Contains(Attention))
            attention = new NoOpAttentionConfig();
        if (skip.Contains(Ffn))
            return new BlockConfig(attention, new NoOpFfnConfig());
        return new BlockConfig(
            attention, new GatedFfnConfig(width ?? throw (entry ?? list).Error("there is no intermediate_size, and no global one")));
    }
}
