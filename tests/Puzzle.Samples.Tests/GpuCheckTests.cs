using System.Text.Json;

namespace Puzzle.Tests;

/// <summary>The check for machines with a GPU works where there is none: the processor against itself.</summary>
public sealed class GpuCheckTests
{
    [Fact]
    public void GpuCheck_RehearsedOnTheProcessor_PassesAndWritesItsFigures()
    {
        using var folder = new TestFolder();

        string printed = SampleProcess.RunTool("gpu-check", folder.Path, "--device", "cpu", "--rehearse", "--out", folder["check.json"]);

        Assert.Contains("passed in", printed, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(File.ReadAllText(folder["check.json"]));
        JsonElement[] parity = [.. report.RootElement.GetProperty("parity").EnumerateArray()];
        Assert.Equal(12, parity.Length);
        // In 32 bits the processor equals itself; in brain floats it does not, so that the comparison compares.
        Assert.All(parity.Where(row => row.GetProperty("precision").GetString() == "fp32"), row =>
            Assert.Equal(0, row.GetProperty("difference").GetDouble()));
        Assert.Contains(parity, row => row.GetProperty("precision").GetString() == "bf16" && row.GetProperty("difference").GetDouble() > 0);
        JsonElement[] rates = [.. report.RootElement.GetProperty("rates").EnumerateArray()];
        Assert.Equal(3, rates.Length);
        Assert.All(rates, row => Assert.True(row.GetProperty("teraflops_per_second").GetDouble() > 0));
        Assert.Equal(1, rates[2].GetProperty("reads_per_step").GetDouble(), tolerance: 0.2);
    }
}
