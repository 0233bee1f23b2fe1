namespace Puzzle.Checkpoints.Families;

internal static class GraniteFamily
{
    public static ModelFamily Family { get; } = new("granite", "GraniteForCausalLM")
    {
        Defaults = """{ "embedding_multiplier": 1.0, "residual_multiplier": 1.0, "attention_multiplier": 1.0, "logits_scaling": 1.0, "bos_token_id": 1, "eos_token_id": 2 }""",
        Read = (keys, model) =>
        {
            model = LayerWindows.None(keys, BiasKeys.TakeFfn(keys, BiasKeys.TakeAttention(keys, model)));
            return model with
            {
                EmbeddingMultiplier = keys.TakePositive("embedding_multiplier"),
                ResidualMultiplier = keys.TakePositive("residual_multiplier"),
                LogitDivisor = keys.TakePositive("logits_scaling"),
                Attention = model.Attention with { ScoreScale = keys.TakePositive("attention_multiplier") },
            };
        },
        Write = (json, model) =>
        {
            BiasKeys.WriteAttention(json, model);
            BiasKeys.WriteFfn(json, model);
            json.WriteNumber("attention_multiplier", model.Attention.ScoreScale ?? 1 / Math.Sqrt(model.HeadSize));
            json.WriteNumber("embedding_multiplier", model.EmbeddingMultiplier);
            json.WriteNumber("logits_scaling", model.LogitDivisor);
            json.WriteNumber("residual_multiplier", model.ResidualMultiplier);
        },
    };
}
