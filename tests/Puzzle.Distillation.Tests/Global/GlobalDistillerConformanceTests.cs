using Puzzle.Distillation;
using Puzzle.Distillation.Global;

namespace Puzzle.Tests.Global;

public sealed class GlobalDistillerConformanceTests : GlobalDistillerConformance
{
    protected override IDistiller<GlobalDistillationRequest, GlobalDistillationResult> CreateDistiller() =>
        new GlobalDistiller(new GlobalDistillationOptions { Steps = 8, BatchSize = 2, Workers = 1 });
}
