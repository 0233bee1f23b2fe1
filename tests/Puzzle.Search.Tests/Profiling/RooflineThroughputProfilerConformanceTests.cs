using Puzzle.Measurement;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

public sealed class RooflineThroughputProfilerConformanceTests : ProfilerConformance
{
    protected override IThroughputProfiler CreateProfiler() => new RooflineThroughputProfiler(HardwareSpec.H100Sxm);
}
