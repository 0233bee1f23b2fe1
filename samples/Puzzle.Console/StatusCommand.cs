using System.CommandLine;
using System.Text.Json;
using Puzzle.Work;

namespace Puzzle.ConsoleApp;

/// <summary>Tells how the units of a plan stand.</summary>
internal static class StatusCommand
{
    private static readonly Option<int?> Shares = new("--shares")
    {
        Description = "Tell which of so many shares have units left, as a list for sbatch --array.",
    };
    private static readonly Option<bool> Json = CommonOptions.Json();

    public static Command Create()
    {
        var command = new Command("status", "Tells which units of a plan are done, running, missing or set aside.\n\n"
            + "Example:\n  puzzle status --plan runs/a/blocks.json")
        {
            SharedRun.Plan, Shares, Json,
        };
        command.SetAction((parsed, _) => CommandErrors.GuardAsync(() => Run(parsed)));
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        WorkPlan plan = WorkPlan.Read(parsed.GetValue(SharedRun.Plan)!);
        IReadOnlyList<UnitOutcome> outcomes = WorkFolder.Open(SharedRun.FolderOf(plan), plan).Outcomes();
        if (parsed.GetValue(Shares) is { } count)
            Console.Out.WriteLine(Left(plan, outcomes, count));
        else if (parsed.GetValue(Json))
            WriteJson(outcomes);
        else
            WriteText(outcomes);
    }

    private static string Left(WorkPlan plan, IReadOnlyList<UnitOutcome> outcomes, int count)
    {
        var left = outcomes.Where(outcome => outcome.Status is UnitStatus.Missing or UnitStatus.Running)
            .Select(outcome => outcome.Unit.Id).ToHashSet(StringComparer.Ordinal);
        return string.Join(',', Enumerable.Range(1, count).Where(index => new WorkShare(index, count).Of(plan).Any(unit =>
            left.Contains(unit.Id))));
    }

    private static void WriteText(IReadOnlyList<UnitOutcome> outcomes)
    {
        foreach (UnitOutcome outcome in outcomes.Where(outcome => outcome.Status == UnitStatus.Running))
            Console.Out.WriteLine($"{outcome.Unit.Name}: running, {outcome.Worker}");
        foreach (UnitOutcome outcome in outcomes.Where(outcome => outcome.Status != UnitStatus.Done && outcome.Failures > 0))
            Console.Out.WriteLine($"{outcome.Unit.Name}: failed {outcome.Failures} times, {outcome.Log}");
        double planned = outcomes.Where(outcome => outcome.Status is UnitStatus.Missing or UnitStatus.Running)
            .Sum(outcome => outcome.Unit.Seconds);
        Console.Out.WriteLine($"{Count(UnitStatus.Done)} of {outcomes.Count} units done, {Count(UnitStatus.Running)} running, "
            + $"{Count(UnitStatus.Missing)} missing, {Count(UnitStatus.Quarantined)} set aside; "
            + FormattableString.Invariant($"about {planned:F0} s of one process left."));

        int Count(UnitStatus status) => outcomes.Count(outcome => outcome.Status == status);
    }

    private static void WriteJson(IReadOnlyList<UnitOutcome> outcomes)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("units");
            foreach (UnitOutcome outcome in outcomes)
            {
                json.WriteStartObject();
                json.WriteString("id", outcome.Unit.Id);
                json.WriteString("name", outcome.Unit.Name);
                json.WriteString("status", JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.Status.ToString()));
                json.WriteString("worker", outcome.Worker);
                json.WriteNumber("planned_seconds", outcome.Unit.Seconds);
                if (outcome.Seconds is { } seconds)
                    json.WriteNumber("seconds", seconds);
                else
                    json.WriteNull("seconds");
                json.WriteNumber("failures", outcome.Failures);
                json.WriteString("log", outcome.Log);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }
}
