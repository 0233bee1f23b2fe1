using System.CommandLine;
using Puzzle.Native;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>Cancels every long operation at random moments and prints how long it takes to return.</summary>
internal static class CancellationCommand
{
    public static Command Create()
    {
        var layers = new Option<int>("--layers")
        {
            Description = "Layers of the model, whose other sizes are SmolLM2-135M's.",
            DefaultValueFactory = _ => 12,
        };
        var moments = new Option<int>("--moments") { Description = "Cancellations of each.", DefaultValueFactory = _ => 5 };
        var only = new Option<string?>("--only") { Description = "Operations whose name contains this." };
        var command = new Command("cancellation", "How long it takes every long operation to return once it is canceled.")
        {
            layers, moments, only,
        };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(layers), parsed.GetValue(moments), parsed.GetValue(only) ?? ""));
        return command;
    }

    private static async Task RunAsync(int layers, int moments, string only)
    {
        TorchRuntime.Initialize();
        using var work = new CancellationWork(layers);
        var timer = new CancellationTimer(moments);
        Console.WriteLine("| operation | median | worst | canceled |");
        Console.WriteLine("|---|---|---|---|");
        foreach ((string name, Func<CancellationToken, Task> operation) in work.Operations)
        {
            if (!name.Contains(only, StringComparison.OrdinalIgnoreCase))
                continue;
            double[] latencies = await timer.MeasureAsync(operation);
            string median = latencies.Length == 0 ? "-" : FormattableString.Invariant($"{latencies[latencies.Length / 2]:F0} ms");
            string worst = latencies.Length == 0 ? "-" : FormattableString.Invariant($"{latencies[^1]:F0} ms");
            Console.WriteLine($"| {name} | {median} | {worst} | {latencies.Length} |");
        }
    }
}
