namespace Puzzle.Checkpoints.Families;

internal static class SmolLm3Family
{
    public static ModelFamily Family { get; } = new("smollm3", "SmolLM3ForCausalLM")
    {
        Defaults = """
            {
              "num_key_value_heads": 4, "tie_word_embeddings": true, "max_position_embeddings": 32768, "rope_theta": 2000000.0,
              "no_rope_layer_interval": 4, "bos_token_id": 128000, "eos_token_id": 128001
            }
            """,
        Harmless = ["max_window_layers"],
        Read = (keys, model) =>
        {
            model = LayerRotaries.TakeSome(keys, BiasKeys.TakeFfn(keys, BiasKeys.TakeAttention(keys, model)));
            return LayerWindows.TakeWithoutRotary(keys, model);
        },
        Write = (json, model) =>
        {
            BiasKeys.WriteAttention(json, model);
            BiasKeys.WriteFfn(json, model);
            LayerRotaries.WriteSome(json, model);
            LayerWindows.WriteSwitchedTypes(json, model);
        },
    };
}
