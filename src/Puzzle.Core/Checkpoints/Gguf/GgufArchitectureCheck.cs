using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Compares a model with what one of llama.cpp's architectures computes.</summary>
internal static class GgufArchitectureCheck
{
    private const double Tolerance = 1e-6;

    /// <summary>Says what the architecture lacks; null if it computes what the model does.</summary>
    public static string? ProblemOf(GgufArchitecture architecture, ModelConfig model) =>
        FeaturesProblem(architecture, model)
        ?? MultiplierProblem(architecture, model)
        ?? LayersProblem(architecture, model)
        ?? WindowProblem(architecture, model)
        ?? RotaryProblem(architecture, model);

    private static string? FeaturesProblem(GgufArchitecture architecture, ModelConfig model)
    {
        AttentionFeatures attention = model.Attention;
        (bool Fits, string What)[] features =
        [
            (model.Norms == architecture.Norms, "its norms stand elsewhere or have another form"),
            (attention.QueryKeyNorm == architecture.QueryKeyNorm, "its norms of queries and keys differ"),
            (attention.Sinks == architecture.Sinks, "attention sinks are known to gpt-oss alone"),
            (
                architecture.ProjectionBias is not { } bias || attention.QueryKeyValueBias == bias,
                "the biases of queries, keys and values differ"),
            (!attention.OutputBias || architecture.MayHaveOtherBiases, "the attention's output has no bias there"),
            (FfnFits(architecture, model.Ffn), "its FFNs compute something else"),
            (attention.SoftCap is null || architecture.HasScoreSoftCap, "attention scores are not capped there"),
            (model.TieWordEmbeddings || !architecture.TiesHead, "the output head is the embedding there"),
            (model.LogitSoftCap is null || architecture.HasLogitSoftCap, "logits are not capped there"),
        ];
        return Array.Find(features, feature => !feature.Fits).What;
    }

    private static bool FfnFits(GgufArchitecture architecture, FfnFeatures ffn) =>
        ffn == architecture.Ffn || (architecture.MayHaveOtherBiases && ffn with { Bias = false } == architecture.Ffn);

    private static string? MultiplierProblem(GgufArchitecture architecture, ModelConfig model)
    {
        if (architecture.HasMultipliers)
            return null;
        double embedding = architecture.ScalesEmbedding ? Math.Sqrt(model.HiddenSize) : 1;
        return Same(model.EmbeddingMultiplier, embedding) && (model.ResidualMultiplier, model.LogitDivisor) == (1, 1)
            ? null
            : "multipliers of embeddings, residuals and logits are known to granite alone";
    }

    private static string? LayersProblem(GgufArchitecture architecture, ModelConfig model)
    {
        for (int layer = 0; layer < model.Layers; layer++)
        {
            BlockConfig block = model.Architecture[layer];
            if (block.Ffn is LinearFfnConfig)
                return $"there is no linear FFN; layer {layer} is {block}";
            if (block.Attention is LinearAttentionConfig && model.Attention.HasLinearBias)
                return $"linear attention has no bias there; layer {layer} is {block}";
            if (block.Ffn is MixtureFfnConfig ? architecture.Experts == false : architecture.Experts == true)
                return $"{(architecture.Experts == true ? "all" : "no")} FFNs are mixtures of experts there; layer {layer} is {block}";
            if (!architecture.LayersMayDiffer && !IsLike(block, model.Architecture[0]))
                return $"all layers have attention and an FFN of one size there; layer {layer} is {block}";
        }
        return null;
    }

    private static bool IsLike(BlockConfig block, BlockConfig first) =>
        block.Attention is GroupedQueryAttentionConfig gqa && first.Attention is GroupedQueryAttentionConfig firstGqa
        && gqa.KeyValueHeads == firstGqa.KeyValueHeads && block.Ffn == first.Ffn && block.Ffn is GatedFfnConfig or MixtureFfnConfig;

    private static string? RotaryProblem(GgufArchitecture architecture, ModelConfig model)
    {
        bool windowsHaveTheirOwn = architecture.WindowTheta is not null;
        for (int layer = 0; layer < model.Layers; layer++)
        {
            if (model.Architecture[layer].Attention is not GroupedQueryAttentionConfig gqa)
                continue;
            bool rotates = architecture.RotaryPattern == 0 || (layer + 1) % architecture.RotaryPattern != 0;
            if (gqa.HasRotary != rotates)
                return $"layer {layer} is {gqa}, but there it {(rotates ? "rotates" : "does not rotate")} queries and keys";
            RotarySettings expected = windowsHaveTheirOwn && HasWindow(architecture, layer)
                ? new RotarySettings(architecture.WindowTheta!.Value, model.HeadSize)
                : model.Rotaries[0];
            if (rotates && model.Rotaries[gqa.Rotary] != expected)
                return $"layer {layer} is {gqa}, whose rotary embedding is not what is built in there";
        }
        return ScalingProblem(architecture, model);
    }

    private static string? ScalingProblem(GgufArchitecture architecture, ModelConfig model) => model.RopeScaling switch
    {
        _ when model.RotarySize is { } size
            && size != model.HeadSize
            && !architecture.HasLongRotaryFactors => "each head rotates as a whole there",
        Llama3RopeScaling when !architecture.HasRotaryFactors => "rotary frequencies cannot be divided one by one there",
        LongRopeScaling when !architecture.HasLongRotaryFactors => "rotary scaling longrope is known to phi3 alone",
        _ => null,
    };

    private static string? WindowProblem(GgufArchitecture architecture, ModelConfig model)
    {
        int? expected = WindowOf(model);
        for (int layer = 0; layer < model.Layers; layer++)
        {
            int? window = model.Architecture[layer].Attention is GroupedQueryAttentionConfig { Window: { } size }
                && size < model.MaxPositions
                ? size
                : null;
            int? there = HasWindow(architecture, layer) ? expected : null;
            if (window != there && model.Architecture[layer].Attention is GroupedQueryAttentionConfig)
                return $"layer {layer} has {Describe(window)}, but there it has {Describe(there)}";
        }
        return null;
    }

    /// <summary>Gives the window of the layers that have one shorter than the context.</summary>
    public static int? WindowOf(ModelConfig model) => model.Architecture
        .Select(block => (block.Attention as GroupedQueryAttentionConfig)?.Window)
        .FirstOrDefault(window => window < model.MaxPositions);

    private static bool HasWindow(GgufArchitecture architecture, int layer) =>
        architecture.WindowPattern > 0 && (layer + 1) % architecture.WindowPattern != 0;

    private static string Describe(int? window) => window is { } size ? $"a window of {size} tokens" : "no window";

    private static bool Same(double value, double expected) => Math.Abs(value - expected) <= Tolerance * expected;
}
