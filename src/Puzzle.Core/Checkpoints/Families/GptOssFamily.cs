using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

internal static class GptOssFamily
{
    public static ModelFamily Family { get; } = new("gpt_oss", "GptOssForCausalLM")
    {
        Defaults = """
            {
              "num_key_value_heads": 8, "head_dim": 64, "rms_norm_eps": 1e-5, "max_position_embeddings": 131072, "sliding_window": 128,
              "attention_bias": true, "num_local_experts": 128, "num_experts_per_tok": 4, "swiglu_alpha": 1.702, "swiglu_limit": 7.0,
              "rope_theta": 150000.0,
              "rope_scaling": {
                "rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false, "original_max_position_embeddings": 4096
              }
            }
            """,
        // The activation is not the one that hidden_act names.
        Harmless = ["hidden_act", "initial_context_length", "output_router_logits", "router_aux_loss_coef"],
        ActivationKey = "",
        Read = (keys, model) =>
        {
            model = BiasKeys.TakeAttention(keys, model);
            model = model with
            {
                Attention = model.Attention with { Sinks = true },
                Ffn = new FfnFeatures
                {
                    Activation = Activation.ClampedSwish,
                    SwishSlope = keys.TakePositive("swiglu_alpha"),
                    ClampLimit = keys.TakePositive("swiglu_limit"),
                    Bias = true,
                    RouterBias = true,
                },
            };
            ExpertKeys.TakeMxfp4(keys);
            return LayerWindows.TakePattern(keys, ExpertKeys.Take(keys, model), layersOfPattern: 2);
        },
        Write = (json, model) =>
        {
            BiasKeys.WriteAttention(json, model);
            ExpertKeys.Write(json, model);
            json.WriteNumber("swiglu_alpha", model.Ffn.SwishSlope);
            json.WriteNumber("swiglu_limit", model.Ffn.ClampLimit);
            LayerWindows.WriteTypes(json, model);
        },
        Layouts =
        [
            new InterleavedExpertsLayout("mlp.experts.gate_up_proj", [WeightNames.ExpertGate, WeightNames.ExpertUp]),
            new InterleavedExpertsLayout("mlp.experts.gate_up_proj_bias", [WeightNames.ExpertGateBias, WeightNames.ExpertUpBias]),
            new InterleavedExpertsLayout("mlp.experts.down_proj", [WeightNames.ExpertDown]),
            new RenamedLayout(WeightNames.ExpertDownBias, "mlp.experts.down_proj_bias"),
        ],
    };
}
