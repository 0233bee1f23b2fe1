using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests.Blockwise;

/// <summary>A small space, and options under which it trains in moments, nothing beside no-ops.</summary>
internal static class BlockwiseCases
{
    public static readonly PackedTokenDataset Text = TinyModel.Windows(24);

    /// <summary>Per layer: attention gqa-4 (the parent's), gqa-1, linear and noop; FFN 48 (the parent's), 16, linear and noop.</summary>
    public static SearchSpace Space(CausalLanguageModel parent) => SearchSpace.Uniform(
        parent.Config.Architecture,
        [new GroupedQueryAttentionConfig(1), new LinearAttentionConfig(), new NoOpAttentionConfig()],
        [new GatedFfnConfig(16), new LinearFfnConfig(), new NoOpFfnConfig()]);

    public static BlockwiseDistillationOptions Options(int steps, int workers = 2, double learningRate = 1e-2) => new()
    {
        Steps = steps,
        BatchSize = 2,
        LearningRate = learningRate,
        CalibrationWindows = 4,
        HeldOutWindows = 4,
        Workers = workers,
        TrainBesideNoOps = NoOpPartners.None,
    };

    public static BlockwiseDistillationRequest Request(CausalLanguageModel parent, IBlockLibrary library, SearchSpace? space = null) =>
        new(new(parent, "parent"), Text, space ?? Space(parent), library);

    public static Task<BlockwiseDistillationResult> DistilAsync(
        this BlockwiseDistillationOptions options, BlockwiseDistillationRequest request, CancellationToken cancellationToken = default) =>
        new BlockwiseDistiller(options).DistillAsync(request, cancellationToken: cancellationToken);

    public static double HeldOutLoss(this IBlockLibrary library, SubblockVariant variant) =>
        library.ReadCurve(variant)[^1].HeldOutLoss!.Value;
}
