using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Writes rotary embeddings as llama.cpp reads them: keys of its own scalings, and divisors of single frequencies as
/// tensors.</summary>
internal static class GgufRotary
{
    /// <summary>Adds the keys.</summary>
    public static void Add(GgufMetadata metadata, string architecture, ModelConfig model)
    {
        metadata.Add($"{architecture}.rope.dimension_count", (uint)(model.RotarySize ?? model.HeadSize));
        metadata.Add($"{architecture}.rope.freq_base", (float)model.RopeTheta);
        string scaling = $"{architecture}.rope.scaling";
        switch (model.RopeScaling)
        {
            case LinearRopeScaling linear:
                metadata.Add($"{scaling}.type", "linear");
                metadata.Add($"{scaling}.factor", (float)linear.Factor);
                break;
            case YarnRopeScaling yarn:
                metadata.Add($"{scaling}.type", "yarn");
                metadata.Add($"{scaling}.factor", (float)yarn.Factor);
                metadata.Add($"{scaling}.original_context_length", (uint)yarn.OriginalMaxPositions);
                // The engine multiplies by the paper's factor itself; here stands what is left.
                metadata.Add($"{scaling}.attn_factor", (float)(yarn.AttentionFactor / (1 + 0.1 * Math.Log(yarn.Factor))));
                metadata.Add($"{scaling}.yarn_beta_fast", (float)yarn.BetaFast);
                metadata.Add($"{scaling}.yarn_beta_slow", (float)yarn.BetaSlow);
                break;
            case LongRopeScaling longRope:
                metadata.Add($"{scaling}.original_context_length", (uint)longRope.OriginalMaxPositions);
                metadata.Add($"{scaling}.attn_factor", (float)longRope.AttentionFactor);
                break;
        }
    }

    /// <summary>Gives the longest text that the engine rotates as the model does: it has no dynamic scaling, which begins beyond the
    /// original context.</summary>
    public static int MaxPositions(ModelConfig model) =>
        model.RopeScaling is DynamicRopeScaling dynamic ? Math.Min(model.MaxPositions, dynamic.OriginalMaxPositions) : model.MaxPositions;

    /// <summary>Says what the engine does otherwise.</summary>
    public static IEnumerable<ExportChange> Changes(ModelConfig model)
    {
        if (MaxPositions(model) is var positions && positions < model.MaxPositions)
            yield return new(
                ExportChangeKind.RotaryChanged, Layer: null, $"there is no dynamic rotary scaling: texts may have {positions} tokens");
        if (model.RopeScaling is YarnRopeScaling { RoundRange: false })
            yield return new(
                ExportChangeKind.RotaryChanged, Layer: null,
                "the range that yarn blends is rounded to whole dimensions, which the model does not do");
    }

    /// <summary>Gives the tensors that divide frequencies, each [R / 2], R being the dimensions that rotate.</summary>
    public static IEnumerable<GgufTensor> Factors(ModelConfig model)
    {
        switch (model.RopeScaling)
        {
            case Llama3RopeScaling llama3:
                yield return Tensor("rope_freqs.weight", RotaryFactors.Of(model, llama3));
                break;
            case LongRopeScaling longRope:
                yield return Tensor("rope_factors_long.weight", [.. longRope.LongFactors.Select(factor => (float)factor)]);
                yield return Tensor("rope_factors_short.weight", [.. longRope.ShortFactors.Select(factor => (float)factor)]);
                break;
        }
    }

    private static GgufTensor Tensor(string name, float[] factors) => new(name, GgufTensorType.F32, [factors.Length], _ => tensor(factors));
}
