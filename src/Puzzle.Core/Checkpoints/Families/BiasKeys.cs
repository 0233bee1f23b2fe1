using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>The flags that say which projections have biases.</summary>
internal static class BiasKeys
{
    private const string Attention = "attention_bias";
    private const string Ffn = "mlp_bias";

    /// <summary>Takes the flag of all four projections of attention.</summary>
    public static ModelConfig TakeAttention(ConfigObject keys, ModelConfig model) =>
        keys.TakeFlag(Attention) ? model with { Attention = model.Attention with { QueryKeyValueBias = true, OutputBias = true } } : model;

    /// <summary>Takes the flag of all three projections of FFNs.</summary>
    public static ModelConfig TakeFfn(ConfigObject keys, ModelConfig model) =>
        keys.TakeFlag(Ffn) ? model with { Ffn = model.Ffn with { Bias = true } } : model;

    /// <summary>Writes attention's flag.</summary>
    public static void WriteAttention(Utf8JsonWriter json, ModelConfig model) => json.WriteBoolean(Attention, model.Attention.OutputBias);

    /// <summary>Writes the FFNs' flag.</summary>
    public static void WriteFfn(Utf8JsonWriter json, ModelConfig model) => json.WriteBoolean(Ffn, model.Ffn.Bias);
}
