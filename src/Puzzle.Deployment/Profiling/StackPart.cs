using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>One part of a model whose time is wanted: an attention subblock, an FFN, or else everything outside the blocks.</summary>
/// <param name="Name">For readers and files, for example <c>attention gqa-4</c>.</param>
/// <param name="Shape">A hash of the sizes that its time depends on.</param>
/// <param name="Bytes">The size of one copy's weights; 0 for a no-op.</param>
/// <param name="Attention">The attention subblock, if it is one.</param>
/// <param name="Ffn">The FFN, if it is one.</param>
/// <param name="Routed">The different tokens that it is timed with; null for all.</param>
internal sealed record StackPart(
    string Name, string Shape, long Bytes, AttentionConfig? Attention = null, FfnConfig? Ffn = null, RoutedTokens? Routed = null)
    : IProfiledPart
{
    public bool IsNothing => Bytes == 0;

    public bool IsNonBlock => Attention is null && Ffn is null;

    public int? Window => (Attention as GroupedQueryAttentionConfig)?.Window;

    public int KeyValueHeads => Attention is GroupedQueryAttentionConfig gqa ? gqa.KeyValueHeads : 0;

    public static StackPart Of(ModelConfig model, AttentionConfig config, OnnxExportOptions options) => new(
        PartName.Of(config),
        Fingerprint.Of("attention", config, model.HiddenSize, model.AttentionHeads, model.HeadSize),
        ExportedSizes.Bytes(WeightNames.Attention(model, config), options),
        Attention: config);

    /// <param name="model">The parent's shape.</param>
    /// <param name="config">The FFN.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="usage">How experts are used; null for all alike.</param>
    /// <param name="options">Precision and operators.</param>
    public static StackPart Of(
        ModelConfig model, FfnConfig config, Workload workload, ExpertUsage? usage, OnnxExportOptions options)
    {
        RoutedTokens? routed = config is MixtureFfnConfig && FfnGraph.ComputesChosenExperts(model, options)
            ? RoutedTokens.Of(config, workload, usage)
            : null;
        return new(
            PartName.Of(config),
            routed is null
                ? Fingerprint.Of("ffn", config, model.HiddenSize)
                : Fingerprint.Of("ffn", config, model.HiddenSize, routed.Prompt, routed.Step),
            ExportedSizes.Bytes(WeightNames.Ffn(model, config), options),
            Ffn: config,
            Routed: routed);
    }

    public static StackPart NonBlock(ModelConfig model, OnnxExportOptions options) => new(
        PartName.NonBlock,
        Fingerprint.Of("non-block", model.HiddenSize, model.VocabularySize, model.TieWordEmbeddings, options.QuantizeEmbedding),
        // Of an embedding only few rows are read: it is the head that comes from memory.
        ExportedSizes.HeadBytes(model, options));
}
