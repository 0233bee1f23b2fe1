using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Describes a model's shape in the keys llama.cpp reads.</summary>
internal static class GgufModelMetadata
{
    private const uint QuantizationVersion = 2;

    public static void Add(GgufMetadata metadata, ModelConfig config, GgufExportOptions options)
    {
        bool isUniform = DialectRules.IsPlain(config.Architecture);
        string architecture = isUniform ? "llama" : "deci";
        metadata.Add("general.architecture", architecture);
        if (options.Name is not null)
            metadata.Add("general.name", options.Name);
        metadata.Add("general.alignment", GgufWriter.Alignment);
        metadata.Add("general.file_type", options.TensorType switch { GgufTensorType.F32 => 0u, GgufTensorType.F16 => 1u, _ => 7u });
        if (options.TensorType == GgufTensorType.Q8)
            metadata.Add("general.quantization_version", QuantizationVersion);

        metadata.Add($"{architecture}.vocab_size", (uint)config.VocabularySize);
        metadata.Add($"{architecture}.context_length", (uint)config.MaxPositions);
        metadata.Add($"{architecture}.embedding_length", (uint)config.HiddenSize);
        metadata.Add($"{architecture}.block_count", (uint)config.Layers);
        AddSizes($"{architecture}.feed_forward_length", block => block.Ffn is GatedFfnConfig gated ? gated.IntermediateSize : 0);
        // Query heads without key-value heads mean linear attention, neither means none.
        AddSizes($"{architecture}.attention.head_count", block => block.Attention is NoOpAttentionConfig ? 0 : config.AttentionHeads);
        AddSizes($"{architecture}.attention.head_count_kv", block => block.Attention is GroupedQueryAttentionConfig gqa ? gqa.KeyValueHeads : 0);
        metadata.Add($"{architecture}.attention.key_length", (uint)config.HeadSize);
        metadata.Add($"{architecture}.attention.value_length", (uint)config.HeadSize);
        metadata.Add($"{architecture}.attention.layer_norm_rms_epsilon", (float)config.RmsNormEpsilon);
        metadata.Add($"{architecture}.rope.dimension_count", (uint)config.HeadSize);
        metadata.Add($"{architecture}.rope.freq_base", (float)config.RopeTheta);

        void AddSizes(string key, Func<BlockConfig, int> size)
        {
            if (isUniform)
                metadata.Add(key, (uint)size(config.Architecture[0]));
            else
                metadata.Add(key, [.. config.Architecture.Select(size)]);
        }
    }
}
