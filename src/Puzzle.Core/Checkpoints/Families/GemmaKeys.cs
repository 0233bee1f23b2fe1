using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>What the Gemma families have in common.</summary>
internal static class GemmaKeys
{
    /// <summary>Gets the names of the four norms of a layer.</summary>
    public static IReadOnlyList<WeightLayout> Layouts { get; } =
    [
        new RenamedLayout(WeightNames.AttentionAfterNorm, "post_attention_layernorm.weight"),
        new RenamedLayout(WeightNames.FfnNorm, "pre_feedforward_layernorm.weight"),
        new RenamedLayout(WeightNames.FfnAfterNorm, "post_feedforward_layernorm.weight"),
    ];

    /// <summary>Takes scales, caps and biases; norms are 1 + weight on both sides, and embeddings are scaled by the root of the hidden
    /// size.</summary>
    public static ModelConfig Take(ConfigObject keys, ModelConfig model)
    {
        keys.TakeFixed("use_bidirectional_attention", "false");
        model = BiasKeys.TakeAttention(keys, model);
        return model with
        {
            Norms = new NormFeatures { Placement = NormPlacement.Both, AddsOne = true },
            EmbeddingMultiplier = Math.Sqrt(model.HiddenSize),
            LogitSoftCap = keys.TakeDouble("final_logit_softcapping"),
            Attention = model.Attention with
            {
                ScoreScale = keys.TakeDouble("query_pre_attn_scalar") is > 0 and var scalar
                    ? 1 / Math.Sqrt(scalar)
                    : throw keys.Error("query_pre_attn_scalar is not positive"),
                SoftCap = keys.TakeDouble("attn_logit_softcapping"),
            },
        };
    }

    /// <summary>Writes what <see cref="Take"/> takes.</summary>
    public static void Write(Utf8JsonWriter json, ModelConfig model)
    {
        BiasKeys.WriteAttention(json, model);
        json.WriteNumberOrNull("attn_logit_softcapping", model.Attention.SoftCap);
        json.WriteNumberOrNull("final_logit_softcapping", model.LogitSoftCap);
        double scale = model.Attention.ScoreScale ?? 1 / Math.Sqrt(model.HeadSize);
        // The number that the scale was made of, where six decimals give it.
        double scalar = 1 / (scale * scale), rounded = Math.Round(scalar, 6);
        json.WriteNumber("query_pre_attn_scalar", 1 / Math.Sqrt(rounded) == scale ? rounded : scalar);
    }
}
