using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

internal static class Qwen3Family
{
    public static ModelFamily Family { get; } = new("qwen3", "Qwen3ForCausalLM")
    {
        Defaults = """{ "num_key_value_heads": 32, "head_dim": 128, "sliding_window": 4096, "max_window_layers": 28, "max_position_embeddings": 32768 }""",
        Read = (keys, model) =>
        {
            model = BiasKeys.TakeAttention(keys, model);
            return LayerWindows.TakeLate(keys, model with { Attention = model.Attention with { QueryKeyNorm = QueryKeyNorm.PerHead } });
        },
        Write = (json, model) =>
        {
            BiasKeys.WriteAttention(json, model);
            LayerWindows.WriteLate(json, model);
        },
    };
}
