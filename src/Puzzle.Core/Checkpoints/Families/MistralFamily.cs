namespace Puzzle.Checkpoints.Families;

internal static class MistralFamily
{
    public static ModelFamily Family { get; } = new("mistral", "MistralForCausalLM")
    {
        Defaults = """{ "num_key_value_heads": 8, "sliding_window": 4096, "max_position_embeddings": 131072 }""",
        Read = LayerWindows.TakeEverywhere,
        Write = LayerWindows.WriteEverywhere,
    };
}
