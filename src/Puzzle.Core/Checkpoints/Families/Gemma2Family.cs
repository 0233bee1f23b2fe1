namespace Puzzle.Checkpoints.Families;

internal static class Gemma2Family
{
    public static ModelFamily Family { get; } = new("gemma2", "Gemma2ForCausalLM")
    {
        Defaults = """
            {
              "num_key_value_heads": 4, "head_dim": 256, "tie_word_embeddings": true, "max_position_embeddings": 8192, "hidden_activation": "gelu_pytorch_tanh",
              "query_pre_attn_scalar": 256, "sliding_window": 4096, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0,
              "bos_token_id": 2, "eos_token_id": 1
            }
            """,
        ActivationKey = "hidden_activation",
        Harmless = ["cache_implementation", "hidden_act"],
        Read = (keys, model) => LayerWindows.TakePattern(keys, GemmaKeys.Take(keys, model), layersOfPattern: 2),
        Write = (json, model) =>
        {
            GemmaKeys.Write(json, model);
            LayerWindows.WriteTypes(json, model);
        },
        Layouts = GemmaKeys.Layouts,
    };
}
