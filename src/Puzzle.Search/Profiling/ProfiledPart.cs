using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Search.Profiling;

/// <summary>One part of a model whose time is wanted.</summary>
/// <param name="Name">For readers and files, for example <c>attention gqa-4</c>.</param>
/// <param name="Shape">A hash of the sizes that its time depends on.</param>
/// <param name="Length">The length of one copy's weights on the tape, in elements; 0 for a no-op.</param>
/// <param name="CreateStack">Creates what is measured.</param>
internal sealed record ProfiledPart(string Name, string Shape, long Length, Func<ProfilingBench, IProfiledStack> CreateStack)
    : IProfiledPart
{
    public bool IsNothing => Length == 0;

    public static ProfiledPart Attention(ModelConfig model, AttentionConfig config) => new(
        PartName.Of(config),
        Fingerprint.Of("attention", config, model.HiddenSize, model.AttentionHeads, model.HeadSize),
        WeightTape.LengthOf(WeightNames.Attention(model, config)),
        bench => SubblockStack.Attention(bench, config));

    /// <param name="model">The parent's shape.</param>
    /// <param name="config">The FFN.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="usage">How experts are used; null for all alike.</param>
    public static ProfiledPart Ffn(ModelConfig model, FfnConfig config, Workload workload, ExpertUsage? usage)
    {
        var tokens = RoutedTokens.Of(config, workload, usage);
        return new(
            PartName.Of(config),
            config is MixtureFfnConfig
                ? Fingerprint.Of("ffn", config, model.HiddenSize, tokens.Prompt, tokens.Step)
                : Fingerprint.Of("ffn", config, model.HiddenSize),
            WeightTape.LengthOf(WeightNames.Ffn(model, config)),
            bench => SubblockStack.Ffn(bench, config, tokens));
    }

    public static ProfiledPart NonBlock(ModelConfig model) => new(
        PartName.NonBlock,
        Fingerprint.Of("non-block", model.HiddenSize, model.VocabularySize, model.TieWordEmbeddings, model.HeadSize),
        WeightTape.LengthOf(WeightNames.Model(NonBlockStack.Without(model))),
        bench => new NonBlockStack(bench));
}
