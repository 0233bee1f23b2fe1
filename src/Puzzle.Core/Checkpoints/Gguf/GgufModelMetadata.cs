using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Describes a model's shape in the keys llama.cpp reads.</summary>
internal static class GgufModelMetadata
{
    private const uint QuantizationVersion = 2;

    // As good as none: it changes a score of a thousand by less than a rounding error of 32-bit floats.
    private const double NoCap = 1e6;

    /// <summary>Adds the keys.</summary>
    public static void Add(GgufMetadata metadata, ModelConfig config, GgufArchitecture architecture, GgufExportOptions options)
    {
        string name = architecture.Name;
        AddGeneral(metadata, name, options);
        metadata.Add($"{name}.vocab_size", (uint)config.VocabularySize);
        metadata.Add($"{name}.context_length", (uint)GgufRotary.MaxPositions(config));
        metadata.Add($"{name}.embedding_length", (uint)config.HiddenSize);
        metadata.Add($"{name}.block_count", (uint)config.Layers);
        AddSizes(metadata, config, architecture);
        metadata.Add($"{name}.attention.key_length", (uint)config.HeadSize);
        metadata.Add($"{name}.attention.value_length", (uint)config.HeadSize);
        metadata.Add($"{name}.attention.layer_norm_rms_epsilon", (float)config.RmsNormEpsilon);
        AddFeatures(metadata, config, architecture);
        GgufRotary.Add(metadata, name, config);
    }

    private static void AddGeneral(GgufMetadata metadata, string architecture, GgufExportOptions options)
    {
        metadata.Add("general.architecture", architecture);
        if (options.Name is not null)
            metadata.Add("general.name", options.Name);
        metadata.Add("general.alignment", GgufWriter.Alignment);
        metadata.Add("general.file_type", options.TensorType switch { GgufTensorType.F32 => 0u, GgufTensorType.F16 => 1u, _ => 7u });
        if (options.TensorType == GgufTensorType.Q8)
            metadata.Add("general.quantization_version", QuantizationVersion);
    }

    private static void AddSizes(GgufMetadata metadata, ModelConfig config, GgufArchitecture architecture)
    {
        string name = architecture.Name;
        Add("feed_forward_length", block => block.Ffn switch
        {
            GatedFfnConfig gated => gated.IntermediateSize,
            MixtureFfnConfig mixture => mixture.IntermediateSize,
            _ => 0,
        });
        // Query heads without key-value heads mean linear attention, neither means none.
        Add("attention.head_count", block => block.Attention is NoOpAttentionConfig ? 0 : config.AttentionHeads);
        Add("attention.head_count_kv", block => block.Attention is GroupedQueryAttentionConfig gqa ? gqa.KeyValueHeads : 0);
        if (config.Architecture[0].Ffn is MixtureFfnConfig experts)
        {
            metadata.Add($"{name}.expert_count", (uint)experts.Experts);
            metadata.Add($"{name}.expert_used_count", (uint)experts.ActiveExperts);
            if (architecture.HasExpertWidth)
                metadata.Add($"{name}.expert_feed_forward_length", (uint)experts.IntermediateSize);
        }

        void Add(string key, Func<BlockConfig, int> size)
        {
            if (architecture.LayersMayDiffer)
                metadata.Add($"{name}.{key}", [.. config.Architecture.Select(size)]);
            else
                metadata.Add($"{name}.{key}", (uint)size(config.Architecture[0]));
        }
    }

    private static void AddFeatures(GgufMetadata metadata, ModelConfig config, GgufArchitecture architecture)
    {
        string name = architecture.Name;
        // Layers of the pattern that see everything in the model see everything in a window of the whole context, too.
        if (architecture.WindowPattern > 0)
            metadata.Add($"{name}.attention.sliding_window", (uint)(GgufArchitectureCheck.WindowOf(config) ?? config.MaxPositions));
        double? none = architecture.AlwaysCaps ? NoCap : null;
        if ((config.Attention.SoftCap ?? none) is { } scores)
            metadata.Add($"{name}.attn_logit_softcapping", (float)scores);
        if ((config.LogitSoftCap ?? none) is { } logits)
            metadata.Add($"{name}.final_logit_softcapping", (float)logits);
        if (!architecture.HasMultipliers)
            return;
        metadata.Add($"{name}.attention.scale", (float)(config.Attention.ScoreScale ?? 1 / Math.Sqrt(config.HeadSize)));
        metadata.Add($"{name}.embedding_scale", (float)config.EmbeddingMultiplier);
        metadata.Add($"{name}.residual_scale", (float)config.ResidualMultiplier);
        metadata.Add($"{name}.logit_scale", (float)config.LogitDivisor);
    }
}
