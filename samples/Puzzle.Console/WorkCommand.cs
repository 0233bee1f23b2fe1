using System.CommandLine;
using Puzzle.Cluster;
using Puzzle.Work;

namespace Puzzle.ConsoleApp;

/// <summary>Does a share of a plan.</summary>
internal static class WorkCommand
{
    private static readonly Option<string> Share = new("--share")
    {
        Description = "i/n: the i-th of n parts of about the same cost, counted from 1; the whole plan by default. Units that another "
            + "process has are left to it.",
        DefaultValueFactory = _ => "1/1",
    };
    private static readonly Option<int?> Shares = new("--shares")
    {
        Description = "Do the share of so many that the engine's array says: SLURM_ARRAY_TASK_ID from 1, JOB_COMPLETION_INDEX from 0.",
    };

    public static Command Create()
    {
        var command = new Command("work", "Does a share of a plan that plan --units wrote, in any process that sees the work folder. Run "
            + "again, it goes on.\n\nExample:\n  puzzle work --plan runs/a/blocks.json --share 3/16")
        {
            SharedRun.Plan, Share, Shares,
        };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(
            () => RunAsync(parsed, cancellationToken),
            () => "Stopped. What was under way is given back; the same command goes on."));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WorkPlan plan = WorkPlan.Read(parsed.GetValue(SharedRun.Plan)!);
        WorkShare share = ShareOf(parsed);
        IReadOnlyList<UnitOutcome> outcomes = await SharedRun.WorkAsync(plan, share, new Lines(), cancellationToken);
        UnitOutcome[] aside = [.. outcomes.Where(outcome => outcome.Status == UnitStatus.Quarantined)];
        await Console.Out.WriteLineAsync($"Share {share}: {outcomes.Count - aside.Length} of {outcomes.Count} units done.");
        if (aside.Length > 0)
            throw new InvalidOperationException(string.Join(
                Environment.NewLine, aside.Select(outcome => $"{outcome.Unit.Name} was set aside: {outcome.Log ?? "its workers died"}")));
    }

    private static WorkShare ShareOf(ParseResult parsed)
    {
        bool isNamed = parsed.GetResult(Share) is { Implicit: false };
        if (parsed.GetValue(Shares) is { } count)
            return isNamed
                ? throw new ArgumentException("Give --share or --shares, not both.")
                : ArrayTask.ShareOf(count, Environment.GetEnvironmentVariable);
        try
        {
            return WorkShare.Parse(parsed.GetValue(Share)!);
        }
        catch (FormatException malformed)
        {
            throw new ArgumentException($"--share: {malformed.Message}", malformed);
        }
    }

    private sealed class Lines : IProgress<UnitOutcome>
    {
        public void Report(UnitOutcome value) => Console.Error.WriteLine(value switch
        {
            { Status: UnitStatus.Done, Seconds: { } seconds } => FormattableString.Invariant($"{value.Unit.Name}: {seconds:F1} s"),
            { Status: UnitStatus.Done } => $"{value.Unit.Name}: made by a worker that died",
            _ => $"{value.Unit.Name}: failed {value.Failures} times; {value.Log}",
        });
    }
}
