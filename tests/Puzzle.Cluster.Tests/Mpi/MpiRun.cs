using System.Diagnostics;

namespace Puzzle.Tests.Mpi;

/// <summary>Runs one of this assembly's test classes in several processes that mpirun starts.</summary>
internal static class MpiRun
{
    /// <summary>Set in the processes that mpirun starts.</summary>
    public const string Variable = "PUZZLE_TEST_RANKS";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Gets a value indicating whether this process is such a one.</summary>
    public static bool IsRank => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>Starts ranks and gives how they ended and what they wrote; skips the running test where there is no mpirun.</summary>
    public static (int ExitCode, string Output) Start(int ranks, string testMethod)
    {
        Assert.SkipUnless(Exists, "mpirun is absent: apt-get install openmpi-bin");
        var start = new ProcessStartInfo("mpirun", [
            "-n", $"{ranks}", "--oversubscribe", "--allow-run-as-root", Environment.ProcessPath!, "-method", testMethod])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Variable] = "1" },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The ranks did not end within {Patience}.");
        }
        return (process.ExitCode, output.Result + error.Result);
    }

    private static bool Exists => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "mpirun")));
}
