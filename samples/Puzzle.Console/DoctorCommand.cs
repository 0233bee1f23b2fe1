using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Puzzle.Measurement;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Solving;
using Spectre.Console;
using TorchSharp;

namespace Puzzle.ConsoleApp;

/// <summary>Tries everything native that Puzzle can use, and says which package brings what is missing.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command(
            "doctor",
            "Checks what this machine has for Puzzle: torch, GPU, ONNX Runtime, OR-Tools, memory and disk.\n\nExample:\n  puzzle doctor");
        command.SetAction(_ =>
        {
            (string Name, bool IsNeeded, string? Found, string Remedy)[] checks = [.. Checks()];
            ResultPrinter.Show(AnsiConsole.Console, new ResultTable(
                "What this machine has",
                ["what", "state", "found, or what brings it"],
                [.. checks.Select(check => (IReadOnlyList<string>)[
                    check.Name, check.Found is not null ? "ok" : check.IsNeeded ? "missing" : "none", check.Found ?? check.Remedy])]));
            return checks.All(check => check.Found is not null || !check.IsNeeded) ? 0 : 1;
        });
        return command;
    }

    private static IEnumerable<(string Name, bool IsNeeded, string? Found, string Remedy)> Checks()
    {
        yield return (
            "Puzzle", true,
            typeof(PuzzlePipeline).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion, "");
        yield return (".NET", true, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}", "");
        yield return (
            "torch", true, Try(Torch), "package TorchSharp-cpu 0.107.0, or PUZZLE_LIBTORCH set to the lib folder of an installed torch");
        yield return ("GPU", false, Try(Gpu), "package TorchSharp-cuda-linux or TorchSharp-cuda-windows 0.107.0 and an NVIDIA driver");
        yield return (
            "ONNX Runtime", true, Try(OnnxRuntime), "package Microsoft.ML.OnnxRuntime 1.31.1, or Microsoft.ML.OnnxRuntime.Gpu.Linux");
        yield return ("OR-Tools", true, Try(OrTools), "package Google.OrTools 9.15.6755, which Puzzle.Search brings");
        yield return ("memory", true, Gibibytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes), "");
        yield return ("disk", true, Try(Disk), "a work folder on a disk that can be read");
    }

    private static string Torch()
    {
        TorchRuntime.Initialize();
        using torch.Tensor one = torch.ones(1);
        return $"TorchSharp {typeof(torch).Assembly.GetName().Version}, libtorch {torch.__version__}";
    }

    private static string? Gpu() => torch.cuda.is_available() ? $"{torch.cuda.device_count()} CUDA devices" : null;

    private static string OnnxRuntime()
    {
        using var options = new SessionOptions();
        return $"{OrtEnv.Instance().GetVersionString()}, {string.Join(", ", OrtEnv.Instance().GetAvailableProviders())}";
    }

    private static string? OrTools()
    {
        var problem = new SearchProblem { Layers = [
            [new SearchVariant("parent", 0, new Dictionary<CostName, double> { [CostName.Runtime] = 1 }) { IsParent = true }]] };
        return new MipArchitectureSolver().Solve(problem).HasAnswer ? "searches" : null;
    }

    private static string Disk()
    {
        string folder = WorkFolders.Root;
        return $"{Gibibytes(new DriveInfo(Path.GetPathRoot(folder)!).AvailableFreeSpace)} free for runs in {folder}";
    }

    private static string Gibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F1} GiB");

    /// <summary>Gives what a check finds; null where the machine lacks it, however it says so.</summary>
    private static string? Try(Func<string?> check)
    {
        try
        {
            return check();
        }
        catch (Exception problem)
            when (problem is DllNotFoundException or TypeInitializationException or BadImageFormatException or EntryPointNotFoundException
            or OnnxRuntimeException or ExternalException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}
