using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;

namespace Puzzle.Tests.Profiling;

public sealed class OnnxThroughputProfilerConformanceTests : ProfilerConformance
{
    protected override IThroughputProfiler CreateProfiler() =>
        new OnnxThroughputProfiler(
            new OnnxProfilingOptions { Threads = 1, Rounds = 1, MinimumSample = TimeSpan.Zero, CacheBytes = 1 << 16 });
}
