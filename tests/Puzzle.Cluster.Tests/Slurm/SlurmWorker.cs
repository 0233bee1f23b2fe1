using System.Globalization;
using Puzzle.Cluster;
using Puzzle.Tests.Work;
using Puzzle.Work;

namespace Puzzle.Tests.Slurm;

/// <summary>What a task of an array runs in these tests: this test program, told by variables what to work on.</summary>
public sealed class SlurmWorker
{
    private const string Plan = "PUZZLE_TEST_PLAN", Shares = "PUZZLE_TEST_SHARES", Folder = "PUZZLE_TEST_FOLDER";
    private const string Fault = "PUZZLE_TEST_FAULT", Pause = "PUZZLE_TEST_PAUSE";

    /// <summary>Gives a script that starts it with the arguments of <c>puzzle work</c>.</summary>
    /// <param name="workDirectory">The work folder.</param>
    /// <param name="fault">A unit that fails.</param>
    /// <param name="pause">Milliseconds that a unit takes.</param>
    public static string Script(string workDirectory, string fault = "", int pause = 0) =>
        $"""
        [ "$1 $2 $4" = "work --plan --shares" ] || exit 2
        {Fault}='{fault}' {Pause}={pause} {Folder}='{workDirectory}' {Plan}="$3" {Shares}="$5" \
          exec '{Environment.ProcessPath}' -method '{typeof(SlurmWorker).FullName}.{nameof(Work)}'
        """;

    /// <summary>How workers keep out of each other's way here. The kills of a test may hit the same unit again and again.</summary>
    public static WorkOptions Options => new() { HeartbeatInterval = TimeSpan.FromMilliseconds(100), MaxDeaths = 1000 };

    [Fact]
    public async Task Work()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Plan) is null, "Only as a task of an array.");
        var plan = WorkPlan.Read(Environment.GetEnvironmentVariable(Plan)!);
        int pause = Number(Pause);
        var runner = new LetterRunner(plan.Units.Count) { Doing = _ => Thread.Sleep(pause) };
        if (Environment.GetEnvironmentVariable(Fault) is { Length: > 0 } fault)
            runner.Faults.Add(fault, new ArgumentException("it did not fit"));
        await new InProcessExecutor(
            runner, Environment.GetEnvironmentVariable(Folder)!, ArrayTask.ShareOf(Number(Shares), Environment.GetEnvironmentVariable),
            null, Options).ExecuteAsync(plan, null, TestContext.Current.CancellationToken);
    }

    private static int Number(string variable) =>
        int.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);
}
