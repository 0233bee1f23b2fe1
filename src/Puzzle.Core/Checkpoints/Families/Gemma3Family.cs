using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

internal static class Gemma3Family
{
    public static ModelFamily Family { get; } = new("gemma3_text", "Gemma3ForCausalLM")
    {
        // Files of multimodal models leave out everything that is as the class has it.
        Defaults = """
            {
              "vocab_size": 262208, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26, "num_attention_heads": 8,
              "num_key_value_heads": 4, "head_dim": 256, "tie_word_embeddings": true, "max_position_embeddings": 131072,
              "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 256, "sliding_window": 4096,
              "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0, "bos_token_id": 2, "eos_token_id": 1
            }
            """,
        ActivationKey = "hidden_activation",
        HasLocalRotary = true,
        Harmless = ["cache_implementation", "hidden_act"],
        Read = (keys, model) =>
        {
            model = GemmaKeys.Take(keys, model);
            // The class knows attn_logit_softcapping as Gemma 2 does, and computes without it.
            model = model with { Attention = model.Attention with { QueryKeyNorm = QueryKeyNorm.PerHead, SoftCap = null } };
            return LayerRotaries.TakeLocal(keys, LayerWindows.TakePattern(keys, model, layersOfPattern: 6));
        },
        Write = (json, model) =>
        {
            GemmaKeys.Write(json, model);
            LayerWindows.WriteTypes(json, model);
            LayerWindows.WritePattern(json, model);
            LayerRotaries.WriteLocal(json, model);
        },
        Layouts = GemmaKeys.Layouts,
        Prefixes =
        [
            ("language_model.model.", "model."), ("language_model.lm_head.", "lm_head."), ("model.language_model.", "model."),
            ("vision_tower.", null), ("multi_modal_projector.", null), ("model.vision_tower.", null),
            ("model.multi_modal_projector.", null),
        ],
    };
}
