using System.Globalization;
using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>What llama.cpp calls the weights.</summary>
internal static class GgufNames
{
    /// <summary>Divides rotary frequencies, [H / 2], where they are scaled.</summary>
    public const string RotaryFactors = "rope_freqs.weight";

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        [WeightNames.Embedding] = "token_embd.weight",
        [WeightNames.FinalNorm] = "output_norm.weight",
        [WeightNames.Head] = "output.weight",
        [WeightNames.AttentionNorm] = "attn_norm.weight",
        [WeightNames.Query] = "attn_q.weight",
        [WeightNames.Key] = "attn_k.weight",
        [WeightNames.Value] = "attn_v.weight",
        [WeightNames.Output] = "attn_output.weight",
        [WeightNames.LinearAttention] = "attn_output.weight",
        [WeightNames.FfnNorm] = "ffn_norm.weight",
        [WeightNames.Gate] = "ffn_gate.weight",
        [WeightNames.Up] = "ffn_up.weight",
        [WeightNames.Down] = "ffn_down.weight",
    };

    /// <summary>Gives a weight's name.</summary>
    public static string Of(AdaptedWeight weight) => weight.Layer is { } layer
        ? string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{Names[weight.LocalName]}")
        : Names[weight.LocalName];
}
