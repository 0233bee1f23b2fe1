using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;

namespace Puzzle.Tests.Blockwise;

public sealed class BlockwiseDistillerConformanceTests : BlockwiseDistillerConformance
{
    protected override IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult> CreateDistiller() =>
        new BlockwiseDistiller(BlockwiseCases.Options(steps: 3));
}
