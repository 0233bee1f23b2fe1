namespace Puzzle.Checkpoints.Families;

internal static class MixtralFamily
{
    public static ModelFamily Family { get; } = new("mixtral", "MixtralForCausalLM")
    {
        Defaults = """
            {
              "num_key_value_heads": 8, "rms_norm_eps": 1e-5, "max_position_embeddings": 131072, "rope_theta": 1000000.0,
              "num_local_experts": 8, "num_experts_per_tok": 2, "bos_token_id": 1, "eos_token_id": 2
            }
            """,
        Harmless = ["output_router_logits", "router_aux_loss_coef", "router_jitter_noise"],
        Read = (keys, model) => LayerWindows.TakeEverywhere(keys, ExpertKeys.Take(keys, model)),
        Write = (json, model) =>
        {
            ExpertKeys.Write(json, model);
            LayerWindows.WriteEverywhere(json, model);
        },
        Layouts = PerExpertLayout.All("block_sparse_moe.gate.weight", "block_sparse_moe.experts", gate: "w1", up: "w3", down: "w2"),
    };
}
