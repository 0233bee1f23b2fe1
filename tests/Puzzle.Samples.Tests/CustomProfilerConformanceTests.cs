using System.Globalization;
using Puzzle.Architectures;
using Puzzle.CustomProfiler;
using Puzzle.Measurement;

namespace Puzzle.Tests;

/// <summary>The sample's profiler does what every profiler must.</summary>
public sealed class CustomProfilerConformanceTests : ProfilerConformance, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override IThroughputProfiler CreateProfiler()
    {
        string[] names =
        [
            .. Attention.Where(config => config is not NoOpAttentionConfig).Select(config => $"attention,{config.Name}"),
            .. Ffn.Where(config => config is not NoOpFfnConfig).Select(config => $"ffn,{config.Name}"),
            "non-block,all",
        ];
        File.WriteAllLines(_folder["costs.csv"],
        [
            "kind,config,prefill_ms,decode_ms",
            .. names.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"{name},{i + 1},{(i + 1) * 0.5}")),
        ]);
        return new CsvProfiler(_folder["costs.csv"]);
    }
}
