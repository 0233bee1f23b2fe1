using System.Diagnostics;
using Puzzle.Reporting;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>One run of the console, as a user starts it.</summary>
internal static class ConsoleRun
{
    /// <summary>Runs a command of the built console in a new work folder.</summary>
    /// <param name="repository">The repository, whose console was built for release.</param>
    /// <param name="work">The work folder.</param>
    /// <param name="arguments">Its other arguments.</param>
    /// <returns>What it found, and how long it took.</returns>
    public static async Task<(RunReport Report, TimeSpan Time)> RunAsync(string repository, string work, params string[] arguments)
    {
        string console = Path.Combine(repository, "samples", "Puzzle.Console", "bin", "Release", "net10.0", "puzzle.dll");
        long start = Stopwatch.GetTimestamp();
        await StartAsync("dotnet", [console, "--work", work, .. arguments], repository);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        return (RunReport.Read(work), time);
    }

    /// <summary>Builds the console for release.</summary>
    public static Task BuildAsync(string repository) =>
        StartAsync("dotnet", ["build", "-c", "Release", "-v", "q", Path.Combine("samples", "Puzzle.Console")], repository);

    private static async Task StartAsync(string file, IReadOnlyList<string> arguments, string folder)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
    }
}
