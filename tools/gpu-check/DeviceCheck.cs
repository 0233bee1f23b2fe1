using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Puzzle.Foundation;
using Puzzle.Native;
using TorchSharp;

namespace Puzzle.GpuCheck;

/// <summary>Runs the check and writes what it found.</summary>
internal sealed class DeviceCheck(string deviceName, CheckSizes sizes)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <returns>The process's exit code: 0 where every result is as near as it has to be.</returns>
    public async Task<int> RunAsync(string output, TextWriter log, CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        long start = Stopwatch.GetTimestamp();
        ComputeDevice device = ComputeDevice.Resolve(deviceName);
        log.WriteLine($"{device.Name}");
        var parity = new List<ParityRow>();
        foreach (ParityRow row in await new ParityCheck(sizes, device).RunAsync(cancellationToken))
        {
            parity.Add(row);
            log.WriteLine($"{row.What}, {row.Precision}: differs by {row.Difference:G3} of {row.Allowed:G3} allowed");
        }
        var rates = new List<RateRow>();
        foreach (RateRow row in await new RateCheck(sizes, device).RunAsync(cancellationToken))
        {
            rates.Add(row);
            log.WriteLine($"{row.What}: {row.TeraflopsPerSecond:G3} TFLOP/s, {row.ShareOfProduct:P0} of a product's, "
                + $"{row.ReadsPerStep:F1} reads a step");
        }
        var report = new CheckReport(device.Name, Host(), parity, rates, Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1));
        AtomicFile.WriteText(output, JsonSerializer.Serialize(report, Json));
        log.WriteLine($"{(report.Passed ? "passed" : "FAILED")} in {report.Seconds} s: {output}");
        return report.Passed ? 0 : 1;
    }

    private static Dictionary<string, string> Host() => new()
    {
        ["system"] = RuntimeInformation.OSDescription,
        ["framework"] = RuntimeInformation.FrameworkDescription,
        ["puzzle"] = typeof(TorchRuntime).Assembly.GetName().Version?.ToString() ?? "",
        ["torchsharp"] = typeof(torch).Assembly.GetName().Version?.ToString() ?? "",
        ["libtorch"] = torch.__version__,
        ["processors"] = $"{Environment.ProcessorCount}",
    };
}
