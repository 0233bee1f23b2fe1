using System.CommandLine;
using Puzzle.Planning;
using Puzzle.Work;

namespace Puzzle.ConsoleApp;

/// <summary>Brings together what the workers of a plan have made.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var command = new Command("merge", "Merges what the workers of a plan have made so far into the work folder's library. Run again, "
            + "it changes nothing.\n\nExample:\n  puzzle merge --plan runs/a/blocks.json")
        {
            SharedRun.Plan,
        };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => Run(parsed, cancellationToken)));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        WorkPlan plan = WorkPlan.Read(parsed.GetValue(SharedRun.Plan)!);
        string folder = SharedRun.FolderOf(plan);
        Native.TorchRuntime.Initialize();
        (int variants, int scores) = SharedWork.Merge(folder, plan, cancellationToken);
        int left = WorkFolder.Open(folder, plan).Outcomes().Count(outcome => outcome.Status != UnitStatus.Done);
        Console.Out.WriteLine($"{variants} variants and {scores} scores merged; {left} of {plan.Units.Count} units are not done.");
    }
}
