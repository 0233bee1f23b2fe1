using Puzzle.Measurement;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

public sealed class TorchThroughputProfilerConformanceTests : ProfilerConformance
{
    protected override IThroughputProfiler CreateProfiler() =>
        new TorchThroughputProfiler(new ProfilingOptions { Threads = 1, Rounds = 1, MinimumSample = TimeSpan.Zero, CacheBytes = 1 << 16 });
}
