using Puzzle.Architectures;

namespace Puzzle.Checkpoints;

/// <summary>Which models each dialect can express.</summary>
internal static class DialectRules
{
    /// <summary>Replaces <see cref="CheckpointDialect.Automatic"/> by a dialect that can express the model.</summary>
    public static CheckpointDialect Resolve(CheckpointDialect dialect, ModelConfig config)
    {
        if (dialect != CheckpointDialect.Automatic)
            return Enum.IsDefined(dialect)
                ? dialect
                : throw new ArgumentOutOfRangeException(nameof(dialect), dialect, "There is no such dialect.");
        if (HuggingFaceConfigFormat.IsExact(config, CheckpointDialect.Llama))
            return CheckpointDialect.Llama;
        return IsExactInDeciLm(config) ? CheckpointDialect.DeciLm : CheckpointDialect.ModelOpt;
    }

    /// <summary>Tells whether DeciLM, which engines read, holds a Llama as it is, without padding or stand-ins.</summary>
    private static bool IsExactInDeciLm(ModelConfig config) =>
        config.Family == "llama"
        && config.Architecture.Any(block => block is not { Attention: NoOpAttentionConfig, Ffn: NoOpFfnConfig })
        && ModelAdaptation.Create(config, AdaptationRules.DeciLmReaders).Report.Changes.Count == 0
        && HuggingFaceConfigFormat.IsExact(config, CheckpointDialect.DeciLm);

    /// <summary>Tells whether all layers are alike, with attention and a gated FFN.</summary>
    public static bool IsPlain(Architecture architecture) =>
        architecture.IsUniform && architecture[0] is { Attention: GroupedQueryAttentionConfig, Ffn: GatedFfnConfig };

    /// <summary>Requires that a dialect can express a model, padding of FFNs aside.</summary>
    /// <exception cref="NotSupportedException">It cannot.</exception>
    public static void Require(CheckpointDialect dialect, ModelConfig config)
    {
        Architecture architecture = config.Architecture;
        switch (dialect)
        {
            case CheckpointDialect.Llama when config.Family == "llama" && !IsPlain(architecture):
                int odd = Enumerable.Range(0, config.Layers).First(layer =>
                    architecture[layer] != architecture[0] || !IsPlain(Architecture.Uniform(1, architecture[layer])));
                throw new NotSupportedException($"Plain Llama has the same attention and gated FFN in every layer; layer {odd} is "
                    + $"{architecture[odd]}. Choose ModelOpt, DeciLm or PerLayerConfig.");
            case CheckpointDialect.PerLayerConfig:
                for (int layer = 0; layer < config.Layers; layer++)
                {
                    if (architecture[layer] is { Attention: LinearAttentionConfig } or { Ffn: LinearFfnConfig })
                        throw new NotSupportedException($"per_layer_config has no linear subblocks; layer {layer} is "
                            + $"{architecture[layer]}. Choose ModelOpt or DeciLm.");
                }
                break;
            case CheckpointDialect.DeciLm when (long)config.AttentionHeads * config.HeadSize != config.HiddenSize:
                throw new NotSupportedException($"DeciLM's head size is hidden size / heads = {config.HiddenSize} / "
                    + $"{config.AttentionHeads}; this model's is {config.HeadSize}. Choose ModelOpt or PerLayerConfig.");
        }
    }
}
