using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>The members that say which rotary embedding a layer has.</summary>
internal static class LayerRotaries
{
    /// <summary>The member that names the base of layers with a window.</summary>
    public const string LocalTheta = "rope_local_base_freq";

    private const string List = "no_rope_layers";
    private const string Interval = "no_rope_layer_interval";

    /// <summary>Layers with a window rotate by <c>rope_local_base_freq</c>, without scaling; the others as <c>rope_theta</c> and
    /// <c>rope_scaling</c> say.</summary>
    public static ModelConfig TakeLocal(ConfigObject keys, ModelConfig model)
    {
        // With rope_parameters it was taken, and agrees.
        if (model.OtherRotaries.Count == 0)
            model = model with { OtherRotaries = [new RotarySettings(keys.TakePositive(LocalTheta), model.HeadSize)] };
        return With(model, (attention, _) => attention.Window is null ? attention : attention with { Rotary = 1 });
    }

    /// <summary>Writes the base of layers with a window.</summary>
    public static void WriteLocal(Utf8JsonWriter json, ModelConfig model)
    {
        if (model.OtherRotaries is not [{ Scaling: null } local])
            throw new NotSupportedException($"{model.Family} has one local rotary embedding, without scaling.");
        json.WriteNumber(LocalTheta, local.Theta);
    }

    /// <summary>Some layers, every so many or as listed, have no rotary embedding.</summary>
    public static ModelConfig TakeSome(ConfigObject keys, ModelConfig model)
    {
        IReadOnlyList<int> listed = keys.TakeInts(List);
        int interval = keys.TakeInt(Interval) is > 0 and var every ? every : throw keys.Error($"{Interval} is not a positive number");
        if (listed.Count > 0 && listed.Count < model.Layers)
            throw keys.Error($"{List} has {listed.Count} entries for {model.Layers} layers");
        if (listed.Any(flag => flag is not (0 or 1)))
            throw keys.Error($"{List} has other entries than 1 (rotary) and 0 (none)");
        return With(model, (attention, layer) =>
            (listed.Count > 0 ? listed[layer] == 1 : (layer + 1) % interval != 0)
                ? attention
                : attention with { Rotary = GroupedQueryAttentionConfig.NoRotary });
    }

    /// <summary>Writes which layers have a rotary embedding.</summary>
    public static void WriteSome(Utf8JsonWriter json, ModelConfig model)
    {
        json.WriteStartArray(List);
        foreach (BlockConfig block in model.Architecture)
            json.WriteNumberValue(block.Attention is GroupedQueryAttentionConfig { HasRotary: false } ? 0 : 1);
        json.WriteEndArray();
    }

    private static ModelConfig With(ModelConfig model, Func<GroupedQueryAttentionConfig, int, GroupedQueryAttentionConfig> change) =>
        model with
    {
        Architecture = new Architecture(model.Architecture.Select((block, layer) =>
            block.Attention is GroupedQueryAttentionConfig attention ? block with { Attention = change(attention, layer) } : block)),
    };
}
