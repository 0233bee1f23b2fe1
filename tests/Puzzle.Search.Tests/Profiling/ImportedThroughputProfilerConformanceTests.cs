using Puzzle.Measurement;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

public sealed class ImportedThroughputProfilerConformanceTests : ProfilerConformance, IDisposable
{
    private readonly TestFolder _folder = new();

    public ImportedThroughputProfilerConformanceTests() => File.WriteAllText(_folder["times.csv"], """
        config,prefill_ms,decode_ms
        gqa-4,4,2
        gqa-1,3,1
        attention-linear,1,0.5
        ffn-48,6,3
        ffn-16,2,1
        ffn-linear,1,0.5
        non_block,7,4
        """);

    public void Dispose() => _folder.Dispose();

    protected override IThroughputProfiler CreateProfiler() => new ImportedThroughputProfiler(_folder["times.csv"]);
}
