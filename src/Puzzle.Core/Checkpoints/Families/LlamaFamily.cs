namespace Puzzle.Checkpoints.Families;

internal static class LlamaFamily
{
    public static ModelFamily Family { get; } = new("llama", "LlamaForCausalLM")
    {
        // Old readers without rotary keys, and notes of tools that other families' files share.
        Harmless = ["max_window_layers", "is_llama_config"],
        Read = (keys, model) => LayerWindows.None(keys, BiasKeys.TakeFfn(keys, BiasKeys.TakeAttention(keys, model))),
        Write = (json, model) =>
        {
            BiasKeys.WriteAttention(json, model);
            BiasKeys.WriteFfn(json, model);
        },
    };
}
