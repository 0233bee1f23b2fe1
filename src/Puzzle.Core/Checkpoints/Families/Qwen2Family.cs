using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

internal static class Qwen2Family
{
    public static ModelFamily Family { get; } = new("qwen2", "Qwen2ForCausalLM")
    {
        Defaults = """{ "num_key_value_heads": 32, "sliding_window": 4096, "max_window_layers": 28, "max_position_embeddings": 32768 }""",
        Read = (keys, model) => LayerWindows.TakeLate(keys, model with { Attention = new AttentionFeatures { QueryKeyValueBias = true } }),
        Write = LayerWindows.WriteLate,
    };
}
