using System.Diagnostics;

namespace Puzzle.Tests.Mpi;

/// <summary>Runs one of this assembly's test classes in several processes that mpirun starts.</summary>
internal static class MpiRun
{
    private const string Variable = "PUZZLE_TEST_RANKS", FolderVariable = "PUZZLE_TEST_FOLDER";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Gets what this process was started by mpirun to do.</summary>
    public static string Mode => Environment.GetEnvironmentVariable(Variable)!;

    /// <summary>Gives the path of a file that the test which started the ranks knows too.</summary>
    public static string PathOf(string name) => Path.Combine(Environment.GetEnvironmentVariable(FolderVariable)!, name);

    /// <summary>Starts ranks and gives how they ended and what they wrote; skips the running test where there is no mpirun.</summary>
    /// <param name="ranks">How many.</param>
    /// <param name="test">The class of the test that every rank runs.</param>
    /// <param name="method">Its method.</param>
    /// <param name="folder">Where they leave what they make.</param>
    /// <param name="mode">What they do.</param>
    public static (int ExitCode, string Output) Start(int ranks, Type test, string method, string? folder = null, string mode = "plain")
    {
        Assert.SkipUnless(Exists, "mpirun is absent: apt-get install openmpi-bin");
        var start = new ProcessStartInfo("mpirun", [
            "-n", $"{ranks}", "--oversubscribe", "--allow-run-as-root", Environment.ProcessPath!, "-method",
            $"{test.FullName}.{method}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Variable] = mode, [FolderVariable] = folder },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The ranks did not end within {Patience}.");
        }
        // A rank that outlived mpirun would hold its pipes.
        Assert.True(Task.WaitAll([output, error], Patience), "A rank is left that mpirun did not end.");
        return (process.ExitCode, output.Result + error.Result);
    }

    private static bool Exists => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "mpirun")));
}
