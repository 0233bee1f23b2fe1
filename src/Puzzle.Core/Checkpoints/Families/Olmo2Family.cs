using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

internal static class Olmo2Family
{
    public static ModelFamily Family { get; } = new("olmo2", "Olmo2ForCausalLM")
    {
        Defaults = """{ "rms_norm_eps": 1e-5, "eos_token_id": 50279 }""",
        Read = (keys, model) =>
        {
            model = LayerWindows.None(keys, BiasKeys.TakeAttention(keys, model));
            return model with
            {
                Norms = new NormFeatures { Placement = NormPlacement.After },
                Attention = model.Attention with { QueryKeyNorm = QueryKeyNorm.FullWidth },
            };
        },
        Write = BiasKeys.WriteAttention,
        Layouts =
        [
            new RenamedLayout(WeightNames.AttentionAfterNorm, "post_attention_layernorm.weight"),
            new RenamedLayout(WeightNames.FfnAfterNorm, "post_feedforward_layernorm.weight"),
        ],
    };
}
