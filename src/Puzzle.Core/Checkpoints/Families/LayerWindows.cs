using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>
/// The members that say which layers attend to a window: <c>sliding_window</c>, <c>use_sliding_window</c>, <c>max_window_layers</c>,
/// <c>sliding_window_pattern</c> and, in newer files, <c>layer_types</c>, which must agree with the others.
/// </summary>
internal static class LayerWindows
{
    private const string Window = "sliding_window";
    private const string Switch = "use_sliding_window";
    private const string FirstLayer = "max_window_layers";
    private const string Pattern = "sliding_window_pattern";
    private const string Types = "layer_types";
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>No layer has a window.</summary>
    public static ModelConfig None(ConfigObject keys, ModelConfig model) => Apply(keys, model, null, _ => false, null);

    /// <summary>Every layer has the window, if there is one.</summary>
    public static ModelConfig TakeEverywhere(ConfigObject keys, ModelConfig model) =>
        Apply(keys, model, TakeWindow(keys), _ => true, Window);

    /// <summary>Every layer has the window, if it is switched on.</summary>
    public static ModelConfig TakeSwitched(ConfigObject keys, ModelConfig model) =>
        Apply(keys, model, TakeSwitchedWindow(keys), _ => true, Window);

    /// <summary>Layers from <c>max_window_layers</c> on have the window, if it is switched on.</summary>
    public static ModelConfig TakeLate(ConfigObject keys, ModelConfig model)
    {
        string? named = keys.HasOwn(FirstLayer) ? FirstLayer : null;
        int first = keys.TakeInt(FirstLayer) ?? 0;
        return Apply(keys, model, TakeSwitchedWindow(keys), layer => layer >= first, named);
    }

    /// <summary>Of every so many layers all but the last have the window.</summary>
    public static ModelConfig TakePattern(ConfigObject keys, ModelConfig model, int layersOfPattern)
    {
        int? pattern = keys.TakeInt(Pattern), newer = keys.TakeInt("_" + Pattern);
        if (pattern is not null && newer is not null && pattern != newer)
            throw keys.Error($"{Pattern} {pattern} and _{Pattern} {newer} disagree");
        pattern ??= newer;
        if (pattern <= 0)
            throw keys.Error($"{Pattern} is {pattern}; expected a positive number");
        int length = pattern ?? layersOfPattern;
        int? window = TakeWindow(keys);
        if (window is null && length > 1 && !keys.HasOwn(Types))
            throw keys.Error($"{Window} is null, but most layers have a window: name it, or say {Full} for every layer in {Types}");
        return Apply(keys, model, window, layer => (layer + 1) % length != 0, pattern is null ? null : Pattern);
    }

    /// <summary>Layers without rotary embedding have the window, if it is switched on.</summary>
    public static ModelConfig TakeWithoutRotary(ConfigObject keys, ModelConfig model) => Apply(
        keys, model, TakeSwitchedWindow(keys), layer =>
            model.Architecture[layer].Attention is GroupedQueryAttentionConfig { HasRotary: false }, null);

    /// <summary>Writes the window that all attention layers have.</summary>
    public static void WriteEverywhere(Utf8JsonWriter json, ModelConfig model) => json.WriteNumberOrNull(Window, Everywhere(model));

    /// <summary>Writes the window that all attention layers have, and whether there is one.</summary>
    public static void WriteSwitched(Utf8JsonWriter json, ModelConfig model)
    {
        json.WriteBoolean(Switch, Everywhere(model) is not null);
        WriteEverywhere(json, model);
    }

    /// <summary>Writes which layers have the window.</summary>
    public static void WriteTypes(Utf8JsonWriter json, ModelConfig model)
    {
        (int? window, bool[] sliding) = Plan(model);
        json.WriteNumberOrNull(Window, window);
        json.WriteStartArray(Types);
        foreach (bool slides in sliding)
            json.WriteStringValue(slides ? Sliding : Full);
        json.WriteEndArray();
    }

    /// <summary>Writes which layers have the window, and whether any has.</summary>
    public static void WriteSwitchedTypes(Utf8JsonWriter json, ModelConfig model)
    {
        json.WriteBoolean(Switch, Plan(model).Window is not null);
        WriteTypes(json, model);
    }

    /// <summary>The same, and also the first layer that has it, for readers that do not know <c>layer_types</c>, where all later ones
    /// do.</summary>
    public static void WriteLate(Utf8JsonWriter json, ModelConfig model)
    {
        bool[] sliding = Plan(model).Sliding;
        int first = Array.IndexOf(sliding, true);
        if (first < 0 || sliding.Skip(first).All(slides => slides))
            json.WriteNumber(FirstLayer, first < 0 ? model.Layers : first);
        WriteSwitchedTypes(json, model);
    }

    /// <summary>Writes the length of the pattern, for readers that do not know <c>layer_types</c>, if there is one.</summary>
    public static void WritePattern(Utf8JsonWriter json, ModelConfig model)
    {
        bool[] sliding = Plan(model).Sliding;
        int full = Array.IndexOf(sliding, false), length = full < 0 ? model.Layers + 1 : full + 1;
        if (Enumerable.Range(0, sliding.Length).All(layer => sliding[layer] == ((layer + 1) % length != 0)))
            json.WriteNumber(Pattern, length);
    }

    // A config names one window; layers with another one are told apart elsewhere.
    private static (int? Window, bool[] Sliding) Plan(ModelConfig model)
    {
        int?[] windows = [.. model.Architecture.Select(block => (block.Attention as GroupedQueryAttentionConfig)?.Window)];
        int? window = windows.Max();
        return (window, [.. windows.Select(own => own is not null && own == window)]);
    }

    private static int? Everywhere(ModelConfig model)
    {
        int?[] windows = [.. model.Architecture.Select(block => block.Attention)
            .OfType<GroupedQueryAttentionConfig>()
            .Select(attention => attention.Window)
            .Distinct()];
        return windows is [var window] ? window : null;
    }

    private static int? TakeWindow(ConfigObject keys)
    {
        int? window = keys.TakeInt(Window);
        return window is null or > 0 ? window : throw keys.Error($"{Window} is {window}; expected a positive number or null");
    }

    private static int? TakeSwitchedWindow(ConfigObject keys) => TakeWindow(keys) is var window && keys.TakeFlag(Switch) ? window : null;

    private static ModelConfig Apply(ConfigObject keys, ModelConfig model, int? window, Func<int, bool> slides, string? named)
    {
        bool[] planned = [.. Enumerable.Range(0, model.Layers).Select(layer => window is not null && slides(layer))];
        bool[] sliding = TakeTypes(keys, model.Layers) ?? planned;
        for (int layer = 0; layer < model.Layers; layer++)
        {
            if (sliding[layer] && window is null)
                throw keys.Error($"{Types} says {Sliding} for layer {layer}, but there is no window: set "
                    + $"{Window}{(named is Window or null ? "" : $" and {Switch}")}, or say {Full}");
            if (named is not null && sliding[layer] != planned[layer])
                throw keys.Error($"{Types} says {(sliding[layer] ? Sliding : Full)} for layer {layer}, which contradicts {named}");
        }
        return model with
        {
            Architecture = new Architecture(model.Architecture.Select((block, layer) =>
                sliding[layer] && block.Attention is GroupedQueryAttentionConfig attention
                    ? block with { Attention = attention with { Window = window } }
                    : block)),
        };
    }

    private static bool[]? TakeTypes(ConfigObject keys, int layers)
    {
        IReadOnlyList<string> types = keys.TakeTexts(Types);
        if (types.Count == 0)
            return null;
        if (types.Count != layers)
            throw keys.Error($"{Types} has {types.Count} entries for {layers} layers");
        if (types.FirstOrDefault(type => type is not (Full or Sliding)) is { } unknown)
            throw keys.Error($"{Types} names '{unknown}'; supported are {Full} and {Sliding}");
        return [.. types.Select(type => type == Sliding)];
    }
}
