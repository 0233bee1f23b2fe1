using System.Globalization;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>What llama.cpp calls the weights.</summary>
internal static class GgufNames
{
    /// <summary>Divides rotary frequencies, [H / 2], where they are scaled.</summary>
    public const string RotaryFactors = "rope_freqs.weight";

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        [HuggingFaceNames.Embedding] = "token_embd.weight",
        [HuggingFaceNames.FinalNorm] = "output_norm.weight",
        [HuggingFaceNames.Head] = "output.weight",
        [HuggingFaceNames.AttentionNorm] = "attn_norm.weight",
        [HuggingFaceNames.Query] = "attn_q.weight",
        [HuggingFaceNames.Key] = "attn_k.weight",
        [HuggingFaceNames.Value] = "attn_v.weight",
        [HuggingFaceNames.Output] = "attn_output.weight",
        [HuggingFaceNames.LinearAttention] = "attn_output.weight",
        [HuggingFaceNames.FfnNorm] = "ffn_norm.weight",
        [HuggingFaceNames.Gate] = "ffn_gate.weight",
        [HuggingFaceNames.Up] = "ffn_up.weight",
        [HuggingFaceNames.Down] = "ffn_down.weight",
    };

    /// <summary>Gives a weight's name.</summary>
    public static string Of(AdaptedWeight weight) => weight.Layer is { } layer
        ? string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{Names[weight.LocalName]}")
        : Names[weight.LocalName];
}
