using System.Diagnostics;
using System.Globalization;

namespace Puzzle.Tests.Slurm;

/// <summary>Whole runs that <c>puzzle submit</c> hands to an engine.</summary>
public sealed class SubmitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly string[] Submission = ["submit", "--on", "slurm", "--tasks", "2"];

    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Slurm_JobsOneAfterTheOther_LeaveWhatOneProcessLeaves()
    {
        using var folder = new TestFolder();
        var slurm = new FakeSlurm(folder);
        Succeed([], _run.Arguments("alone"));

        string said = Succeed(
            [$"PATH={slurm.Commands}:{Environment.GetEnvironmentVariable("PATH")}"],
            [.. Submission, "--partition", "cpu", "--run-sbatch=--gres=gpu:1", "--sbatch=--qos=long", .. _run.Arguments("many")]);

        Assert.StartsWith("Job 17 plans the run", said, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(_run["many"], "child")), slurm.Log);
        Assert.Equal(_run.Library("alone"), _run.Library("many"));
        string[] jobs = [.. slurm.Submitted.Select(NameOf)];
        Assert.Equal(
            ["puzzle-next", "puzzle-blocks", "puzzle-next", "puzzle-scores", "puzzle-next", "puzzle-run", "puzzle-next"], jobs);
        Assert.All(slurm.Submitted, job => Assert.Contains("--partition=cpu", job, StringComparison.Ordinal));
        Assert.All(slurm.Submitted, job => Assert.Equal(
            NameOf(job) == "puzzle-run", job.EndsWith("--qos=long --gres=gpu:1", StringComparison.Ordinal)));
    }

    [Fact]
    public void Slurm_RealOneWithAWorkerAndADaemonKilled_LeavesWhatOneProcessLeaves()
    {
        using var cluster = new SlurmCluster();
        Succeed([], _run.Arguments("alone"));

        Succeed(cluster.Variables, [.. Submission, "--task-memory", "2000", .. _run.Arguments("many")]);
        bool claimed = SlurmCluster.WaitFor(() => Claim() is not null || cluster.Queue.Length == 0, Patience);
        Assert.True(claimed && Claim() is not null, Logs());
        // Its name says which process it is.
        KillProcess(int.Parse(File.ReadAllText(Claim()!).Split('-')[^2], CultureInfo.InvariantCulture));
        cluster.RestartNode("n1");

        bool ended = SlurmCluster.WaitFor(() => cluster.Queue.Length == 0, Patience);
        Assert.True(ended, $"{string.Join('\n', cluster.Queue)}\n{Logs()}");
        Assert.True(Directory.Exists(Path.Combine(_run["many"], "child")), Logs());
        Assert.Equal(_run.Library("alone"), _run.Library("many"));
    }

    [Fact]
    public void Kubernetes_WritesJobsOfTheSameRun()
    {
        string folder = _run["jobs"];

        string said = Succeed(
            [],
            [
                "submit", "--on", "kubernetes", "--image", "your/puzzle", "--claim", "puzzle-work", "--tasks", "4", "--out", folder,
                "--parent", "/mnt/puzzle/model", "--work", "/mnt/puzzle/a",
            ]);

        string[] files = ["1-puzzle-plan-blocks", "2-puzzle-blocks", "3-puzzle-plan-scores", "4-puzzle-scores", "5-puzzle-run"];
        Assert.Equal(files, Directory.GetFiles(folder).Select(file => Path.GetFileNameWithoutExtension(file)).Order());
        Assert.All(files, file => Assert.Contains(file, said, StringComparison.Ordinal));
        string units = File.ReadAllText(Path.Combine(folder, "2-puzzle-blocks.yaml"));
        Assert.Contains("completions: 4", units, StringComparison.Ordinal);
        Assert.Contains("- \"--shares\"\n            - \"4\"", units, StringComparison.Ordinal);
    }

    [Fact]
    public void BadInput_OneErrorEach()
    {
        string[] slurm = ["submit", "--on", "slurm"], kubernetes = ["submit", "--on", "kubernetes", "--work", "/mnt/puzzle/a"];

        Assert.Contains("needs --work", Fail(slurm), StringComparison.Ordinal);
        Assert.Contains("GracePeriod", Fail([.. slurm, "--limit", "00:01:00", .. _run.Arguments("a")]), StringComparison.Ordinal);
        Assert.Contains("Image", Fail(kubernetes), StringComparison.Ordinal);
        Assert.Contains("not below --mount", Fail([.. kubernetes, "--mount", "/data"]), StringComparison.Ordinal);
    }

    private static string NameOf(string job) =>
        job.Split(' ').Single(option => option.StartsWith("--job-name=", StringComparison.Ordinal)).Split('=')[1];

    private string? Claim() => Directory.Exists(Path.Combine(_run["many"], "shared"))
        ? Directory.EnumerateFiles(Path.Combine(_run["many"], "shared"), "claim-*", SearchOption.AllDirectories)
            .FirstOrDefault(file => new FileInfo(file).Length > 0)
        : null;

    private static void KillProcess(int number)
    {
        try
        {
            using var worker = Process.GetProcessById(number);
            worker.Kill();
        }
        catch (ArgumentException)
        {
            // It has ended by itself.
        }
    }

    private string Logs() => Directory.Exists(Path.Combine(_run["many"], "slurm"))
        ? string.Join('\n', Directory.GetFiles(Path.Combine(_run["many"], "slurm")).Select(file => $"{file}: {File.ReadAllText(file)}"))
        : "no log";

    private static string Succeed(string[] variables, string[] arguments)
    {
        ConsoleResult result = ConsoleProcess.RunWith(variables, arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Output}{result.Error}");
        return result.Output;
    }

    private static string Fail(params string[] arguments) => ConsoleProcess.Run(arguments).SingleError();
}
