using Puzzle.Measurement;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

/// <summary>What profilers without a stopwatch call their settings names all that their costs depend on.</summary>
public sealed class ProfilerSettingsTests
{
    public static TheoryData<string> Specification { get; } = [.. OptionChanges.Names<HardwareSpec>()];

    [Theory]
    [MemberData(nameof(Specification))]
    public void Roofline_PropertyOfHardwareChanged_IsAnother(string property)
    {
        var others = new Dictionary<string, object>
        {
            [nameof(HardwareSpec.Name)] = "another",
            [nameof(HardwareSpec.PeakOperations)] = new Dictionary<ElementType, double> { [ElementType.Float32] = 1 },
        };
        HardwareSpec changed = OptionChanges.Changed(HardwareSpec.H100Sxm with { }, property, others);

        Assert.NotEqual(Settings(HardwareSpec.H100Sxm), Settings(changed));
        Assert.Equal(Settings(HardwareSpec.H100Sxm), Settings(HardwareSpec.H100Sxm with { }));
    }

    [Fact]
    public void Imported_OneDigitOfTheFileChanged_IsAnother()
    {
        using var folder = new TestFolder();
        string path = Path.Combine(folder.Path, "times.csv"), copy = Path.Combine(folder.Path, "copy.csv");
        File.WriteAllText(path, "config,prefill_ms,decode_ms\ngqa-8,1,2\n");
        File.Copy(path, copy);
        string before = new ImportedThroughputProfiler(path).Settings;
        Assert.Equal(before, new ImportedThroughputProfiler(copy).Settings);

        File.WriteAllText(path, "config,prefill_ms,decode_ms\ngqa-8,1,3\n");

        Assert.NotEqual(before, new ImportedThroughputProfiler(path).Settings);
    }

    private static string Settings(HardwareSpec hardware) => new RooflineThroughputProfiler(hardware).Settings;
}
