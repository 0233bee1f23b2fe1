using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

internal static class Phi3Family
{
    public static ModelFamily Family { get; } = new("phi3", "Phi3ForCausalLM")
    {
        Defaults = """
            {
              "rms_norm_eps": 1e-5, "max_position_embeddings": 4096, "original_max_position_embeddings": 4096, "eos_token_id": 32000
            }
            """,
        HasPartialRotary = true,
        NamesOriginalContext = true,
        Harmless = ["embd_pdrop", "resid_pdrop"],
        Read = LayerWindows.TakeEverywhere,
        Write = (json, model) =>
        {
            if (model.RopeScaling is LongRopeScaling scaling)
                json.WriteNumber(RopeScalingKeys.OriginalPositions, scaling.OriginalMaxPositions);
            LayerWindows.WriteEverywhere(json, model);
        },
        Layouts =
        [
            new FusedRowsLayout("self_attn.qkv_proj.weight", [WeightNames.Query, WeightNames.Key, WeightNames.Value]),
            new FusedRowsLayout("mlp.gate_up_proj.weight", [WeightNames.Gate, WeightNames.Up]),
        ],
    };
}
