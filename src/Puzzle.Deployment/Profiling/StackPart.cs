using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Export;
using Puzzle.Library;
using Puzzle.Models;

namespace Puzzle.Deployment.Profiling;

/// <summary>One part of a model whose time is wanted: an attention subblock, an FFN, or else everything outside the blocks.</summary>
/// <param name="Name">For readers and files, for example <c>attention gqa-4</c>.</param>
/// <param name="Shape">A hash of the sizes that its time depends on.</param>
/// <param name="Bytes">The size of one copy's weights; 0 for a no-op.</param>
/// <param name="Attention">The attention subblock, if it is one.</param>
/// <param name="Ffn">The FFN, if it is one.</param>
internal sealed record StackPart(string Name, string Shape, long Bytes, AttentionConfig? Attention = null, FfnConfig? Ffn = null)
{
    public const string NonBlockName = "non-block";

    public bool IsNonBlock => Attention is null && Ffn is null;

    public int KeyValueHeads => Attention is GroupedQueryAttentionConfig gqa ? gqa.KeyValueHeads : 0;

    public static StackPart Of(ModelConfig model, AttentionConfig config, OnnxExportOptions options) => new(
        NameOf(config),
        Fingerprint.Of("attention", config, model.HiddenSize, model.AttentionHeads, model.HeadSize),
        BytesOf(HuggingFaceNames.Attention(model, config), options),
        Attention: config);

    public static StackPart Of(ModelConfig model, FfnConfig config, OnnxExportOptions options) => new(
        NameOf(config),
        Fingerprint.Of("ffn", config, model.HiddenSize),
        BytesOf(HuggingFaceNames.Ffn(model, config), options),
        Ffn: config);

    public static StackPart NonBlock(ModelConfig model, OnnxExportOptions options)
    {
        var shape = new WeightShape(HuggingFaceNames.Head, model.VocabularySize, model.HiddenSize);
        // Of an embedding only few rows are read: it is the head that comes from memory.
        return new(
            NonBlockName,
            Fingerprint.Of("non-block", model.HiddenSize, model.VocabularySize, model.TieWordEmbeddings, options.QuantiseEmbedding),
            BytesOf([shape], options));
    }

    public static string NameOf(AttentionConfig config) => $"attention {config.Name}";

    public static string NameOf(FfnConfig config) => $"ffn {config.Name}";

    private static long BytesOf(IReadOnlyList<WeightShape> weights, OnnxExportOptions options)
    {
        long bits = options.QuantisedBits > 0 ? options.QuantisedBits : 32;
        double scaleBits = options.QuantisedBits > 0 ? 32.0 / options.BlockSize : 0;
        return weights.Sum(weight => weight.Shape.Count == 1 ? weight.ElementCount * sizeof(float) : (long)(weight.ElementCount * (bits + scaleBits) / 8));
    }
}
