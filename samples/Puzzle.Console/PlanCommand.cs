using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Pipeline;
using Puzzle.Planning;
using Puzzle.Work;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>Tells what a run with the same options will take and can reach.</summary>
internal static class PlanCommand
{
    private const double Trillion = 1e12;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly Option<bool> AsJson = CommonOptions.Json();

    private static readonly Option<string?> Units = new("--units")
    {
        Description = "Write the units of a stage to this file, for work that several processes share: see work, status and merge.",
    };
    private static readonly Option<WorkStage> Stage = new("--stage")
    {
        Description = "The stage whose units --units writes. Scores can be planned once all blocks are merged.",
        DefaultValueFactory = _ => WorkStage.Blocks,
    };

    private static readonly Option<bool> Dry = new("--dry")
    {
        Description = "Estimate from the parent's config alone: --parent is a folder or a config.json, and no text is read.",
    };
    private static readonly Option<double> Teraflops = new("--tflops")
    {
        Description = "With --dry: 10^12 floating-point operations a second that a process achieves.",
        DefaultValueFactory = _ => 1,
    };

    public static Command Create()
    {
        var command = new Command("plan", "Tells what a run with the same options will take (units, tokens, operations, disk, memory, "
            + "time), where the parent's time goes, and what can be reached.\n\n"
            + "Examples:\n  puzzle plan --parent path/to/model --text corpus.txt --speedup 1.5\n"
            + "  puzzle plan --dry --parent path/to/config.json --tflops 200")
        {
            AsJson, Units, Stage, Dry, Teraflops,
        };
        CompressCommand.AddOptionsTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => RunAsync(parsed, cancellationToken)));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CompressSettings settings = CompressCommand.Settings(parsed, parsed.GetValue(CompressCommand.Work) ?? "plan");
        // A pipe has no width of its own; the tables need some.
        if (Console.IsOutputRedirected)
            AnsiConsole.Console.Profile.Width = 140;
        if (settings.TargetsOnnx)
            throw new NotSupportedException("A plan measures torch; plan without --engine onnx.");
        if (parsed.GetValue(Units) is { } file)
        {
            if (parsed.GetValue(CompressCommand.Work) is null)
                throw new ArgumentException("--units needs --work, the folder that all workers see.");
            WorkPlan work = await SharedRun.PlanAsync(
                settings, parsed.GetValue(Stage), CompressCommand.ArgumentsOf(parsed), file, cancellationToken);
            SharedRun.Describe(work, file);
            return;
        }
        if (parsed.GetValue(Dry))
        {
            Show(SharedRun.Estimate(settings, parsed.GetValue(Teraflops) * Trillion), parsed.GetValue(AsJson));
            return;
        }
        RunPlan plan = await Compressor.PlanAsync(SharedRun.RequestOf(settings), settings.Configure, cancellationToken);
        if (parsed.GetValue(AsJson))
        {
            Console.Out.WriteLine(ToJson(plan));
            return;
        }
        foreach (ResultTable table in plan.Tables)
            ResultPrinter.Show(AnsiConsole.Console, table);
        AnsiConsole.Console.WriteLine(plan.IsAttainable ? "The target can be met." : $"The target cannot be met. {plan.Infeasibility}");
    }

    private static void Show(RunEstimate estimate, bool asJson)
    {
        if (asJson)
            Console.Out.WriteLine(JsonSerializer.Serialize(new { estimate.OperationsPerSecond, estimate.Stages }, Json));
        else
            ResultPrinter.Show(AnsiConsole.Console, estimate.Table);
    }

    private static string ToJson(RunPlan plan) => JsonSerializer.Serialize(
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
        Json);

    private static object Of(PlannedArchitecture end) =>
        new { end.Speedup, end.MemoryShare, end.ParametersKept, Architecture = end.Architecture.Select(block => block.Name) };
}
