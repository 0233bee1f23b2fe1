using System.Globalization;
using Puzzle.Cluster;
using Puzzle.Tests.Work;
using Puzzle.Work;

namespace Puzzle.Tests.Slurm;

/// <summary>What a task of an array runs in these tests: this test program, told by variables what to work on.</summary>
public sealed class SlurmWorker
{
    private const string Plan = "PUZZLE_TEST_PLAN", Shares = "PUZZLE_TEST_SHARES", Folder = "PUZZLE_TEST_FOLDER";
    private const string Fault = "PUZZLE_TEST_FAULT";

    /// <summary>Gives a script that starts it with the arguments of <c>puzzle work</c>.</summary>
    public static string Script(string workDirectory, string fault = "") =>
        $"""
        [ "$1 $2 $4" = "work --plan --shares" ] || exit 2
        {Fault}='{fault}' {Folder}='{workDirectory}' {Plan}="$3" {Shares}="$5" \
          exec '{Environment.ProcessPath}' -method '{typeof(SlurmWorker).FullName}.{nameof(Work)}'
        """;

    [Fact]
    public async Task Work()
    {
        string? plan = Environment.GetEnvironmentVariable(Plan);
        Assert.SkipWhen(plan is null, "Only as a task of an array.");
        int shares = int.Parse(Environment.GetEnvironmentVariable(Shares)!, CultureInfo.InvariantCulture);
        var runner = new LetterRunner(12);
        if (Environment.GetEnvironmentVariable(Fault) is { Length: > 0 } fault)
            runner.Faults.Add(fault, new ArgumentException("it did not fit"));
        await new InProcessExecutor(
            runner, Environment.GetEnvironmentVariable(Folder)!, ArrayTask.ShareOf(shares, Environment.GetEnvironmentVariable), null,
            new WorkOptions { HeartbeatInterval = TimeSpan.FromMilliseconds(100) })
            .ExecuteAsync(WorkPlan.Read(plan), null, TestContext.Current.CancellationToken);
    }
}
