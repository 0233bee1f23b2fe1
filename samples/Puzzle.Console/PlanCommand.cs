using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Pipeline;
using Puzzle.Planning;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>Tells what a run with the same options will take and can reach.</summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("plan", "Tells what a run with the same options will take (units, tokens, operations, disk, memory, "
            + "time), where the parent's time goes, and what can be reached.\n\n"
            + "Example:\n  puzzle plan --parent path/to/model --text corpus.txt --speedup 1.5") { json };
        CompressCommand.AddOptionsTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(async () =>
        {
            CompressSettings settings = CompressCommand.Settings(parsed, parsed.GetValue(CompressCommand.Work) ?? "plan");
            if (settings.TargetsOnnx)
                throw new NotSupportedException("A plan measures torch; plan without --engine onnx.");
            RunPlan plan = await Compressor.PlanAsync(
                new CompressionRequest
                {
                    Parent = settings.Parent ?? DefaultAssets.Parent,
                    Text = settings.Text.Count > 0 ? settings.Text : [DefaultAssets.Text],
                    Target = settings.Target,
                    Workload = settings.Workload,
                    SequenceLength = settings.SequenceLength,
                    SearchSpace = settings.SpaceFor,
                    Device = settings.Device,
                },
                settings.Configure, cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        plan.IsAttainable,
                        plan.Infeasibility,
                        Seconds = plan.Time.TotalSeconds,
                        plan.DiskBytes,
                        plan.PeakMemoryBytes,
                        plan.Stages,
                        plan.ParentCosts,
                        Cheapest = Of(plan.Cheapest),
                        Best = plan.Best is { } best ? Of(best) : null,
                    },
                    Json));
                return;
            }
            foreach (ResultTable table in plan.Tables)
                ResultTables.Show(AnsiConsole.Console, table);
            AnsiConsole.Console.WriteLine(plan.IsAttainable ? "The target can be met." : $"The target cannot be met. {plan.Infeasibility}");
        }));
        return command;
    }

    private static object Of(PlannedArchitecture end) =>
        new { end.Speedup, end.MemoryShare, end.ParametersKept, Architecture = end.Architecture.Select(block => block.Name) };
}
