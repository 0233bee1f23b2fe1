namespace Puzzle.Architectures;

/// <summary>Checks that the numbers of a model config fit together.</summary>
internal static class ModelConfigValidation
{
    /// <exception cref="ArgumentException">They do not.</exception>
    public static void Check(ModelConfig config)
    {
        Require(config.VocabularySize > 0, $"vocabulary size {config.VocabularySize} is not positive");
        Require(config.HiddenSize > 0, $"hidden size {config.HiddenSize} is not positive");
        Require(config.AttentionHeads > 0, $"attention head count {config.AttentionHeads} is not positive");
        Require(
            config.HeadSize > 0 && config.HeadSize % 2 == 0,
            $"head size {config.HeadSize} is not a positive even number, which rotary embedding needs");
        Require(config.MaxPositions > 0, $"max positions {config.MaxPositions} is not positive");
        Require(IsPositive(config.RmsNormEpsilon), $"RMS norm epsilon {config.RmsNormEpsilon} is not positive");
        Features(config);
        foreach (RotarySettings rotary in config.Rotaries)
            Rotary(rotary, config.HeadSize);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            if (config.Architecture[layer].Attention is GroupedQueryAttentionConfig attention)
                Attention(config, attention, layer);
            Ffn(config.Architecture[layer].Ffn, layer);
        }
    }

    private static void Features(ModelConfig config)
    {
        Require(IsPositive(config.EmbeddingMultiplier), $"embedding multiplier {config.EmbeddingMultiplier} is not positive");
        Require(IsPositive(config.ResidualMultiplier), $"residual multiplier {config.ResidualMultiplier} is not positive");
        Require(IsPositive(config.LogitDivisor), $"logit divisor {config.LogitDivisor} is not positive");
        Require(IsPositive(config.LogitSoftCap ?? 1), $"logit soft cap {config.LogitSoftCap} is not positive");
        Require(IsPositive(config.Attention.SoftCap ?? 1), $"attention soft cap {config.Attention.SoftCap} is not positive");
        Require(IsPositive(config.Attention.ScoreScale ?? 1), $"attention score scale {config.Attention.ScoreScale} is not positive");
        Require(IsPositive(config.Ffn.ClampLimit), $"FFN clamp limit {config.Ffn.ClampLimit} is not positive");
        Require(IsPositive(config.Ffn.SwishSlope), $"FFN swish slope {config.Ffn.SwishSlope} is not positive");
    }

    private static void Rotary(RotarySettings rotary, int headSize)
    {
        Require(IsPositive(rotary.Theta), $"rotary theta {rotary.Theta} is not positive");
        Require(
            rotary.Size > 0 && rotary.Size % 2 == 0 && rotary.Size <= headSize,
            $"{rotary.Size} of {headSize} dimensions of a head rotate; expected a positive even number of them");
        if (rotary.Scaling is LongRopeScaling scaling)
        {
            (int pairs, int shorter, int longer) = (rotary.Size / 2, scaling.ShortFactors.Length, scaling.LongFactors.Length);
            Require(
                shorter == pairs && longer == pairs,
                $"longrope has {shorter} short and {longer} long factors; {pairs} pairs of dimensions rotate");
        }
    }

    private static void Attention(ModelConfig config, GroupedQueryAttentionConfig attention, int layer)
    {
        int heads = attention.KeyValueHeads;
        Require(
            heads > 0 && config.AttentionHeads % heads == 0,
            $"layer {layer}: {heads} key-value heads do not divide {config.AttentionHeads} query heads");
        Require(attention.Window is null or > 0, $"layer {layer}: window {attention.Window} is not positive");
        Require(
            attention.Rotary >= GroupedQueryAttentionConfig.NoRotary && attention.Rotary <= config.OtherRotaries.Count,
            $"layer {layer}: there is no rotary embedding {attention.Rotary}");
    }

    private static void Ffn(FfnConfig ffn, int layer)
    {
        if (ffn is GatedFfnConfig { IntermediateSize: var width })
            Require(width > 0, $"layer {layer}: FFN width {width} is not positive");
        if (ffn is not MixtureFfnConfig mixture)
            return;
        Require(mixture.IntermediateSize > 0, $"layer {layer}: expert width {mixture.IntermediateSize} is not positive");
        Require(
            mixture.ActiveExperts > 0 && mixture.ActiveExperts <= mixture.Experts,
            $"layer {layer}: {mixture.ActiveExperts} of {mixture.Experts} experts cannot be active");
    }

    private static bool IsPositive(double value) => value > 0 && double.IsFinite(value);

    private static void Require(bool condition, FormattableString problem)
    {
        if (!condition)
            throw new ArgumentException($"The model config is inconsistent: {FormattableString.Invariant(problem)}.");
    }
}
