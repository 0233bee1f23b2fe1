using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

internal static class Qwen3MoeFamily
{
    public static ModelFamily Family { get; } = new("qwen3_moe", "Qwen3MoeForCausalLM")
    {
        Defaults = """
            {
              "num_key_value_heads": 4, "max_position_embeddings": 32768, "sliding_window": 4096, "decoder_sparse_step": 1,
              "moe_intermediate_size": 768, "num_experts_per_tok": 8
            }
            """,
        Harmless = ["output_router_logits", "router_aux_loss_coef", "max_window_layers"],
        Read = (keys, model) =>
        {
            model = BiasKeys.TakeAttention(keys, model);
            model = model with
            {
                Attention = model.Attention with { QueryKeyNorm = QueryKeyNorm.PerHead },
                Ffn = model.Ffn with { NormalizeExpertWeights = keys.TakeFlag("norm_topk_prob") },
            };
            return LayerWindows.TakeSwitched(keys, ExpertKeys.TakeSparse(keys, model));
        },
        Write = (json, model) =>
        {
            BiasKeys.WriteAttention(json, model);
            json.WriteBoolean("norm_topk_prob", model.Ffn.NormalizeExpertWeights);
            ExpertKeys.WriteSparse(json, model);
            LayerWindows.WriteSwitched(json, model);
        },
        Layouts = PerExpertLayout.All("mlp.gate.weight", "mlp.experts", gate: "gate_proj", up: "up_proj", down: "down_proj"),
    };
}
