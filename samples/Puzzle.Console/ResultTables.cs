using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Pipeline;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>The chosen architecture layer by layer, and the final comparison.</summary>
internal static class ResultTables
{
    public static void Show(IAnsiConsole console, PuzzleResult result, RunReport report)
    {
        ShowArchitecture(console, result);
        ShowSpeedChecks(console, result);
        ShowComparison(console, result, report);
        if (report.Parent.InTorch is not null)
            ShowEngines(console, report);
    }

    private static void ShowArchitecture(IAnsiConsole console, PuzzleResult result)
    {
        Table table = new Table { Title = new TableTitle("The child, layer by layer") }
            .AddColumns("layer", "attention", "FFN", "KL if it alone is replaced", "runtime of the layer, share of the parent's");
        PuzzleCandidate child = result.Child!;
        foreach (var choice in result.Search.Choice)
        {
            var variants = result.Problem.Layers[choice.Layer];
            var chosen = variants[choice.VariantIndex];
            BlockConfig block = child.Architecture[choice.Layer], parent = variants.Single(variant => variant.IsParent).Block!;
            double share = chosen.Costs[Measurement.CostName.Runtime] / variants.Single(variant => variant.IsParent).Costs[Measurement.CostName.Runtime];
            table.AddRow(
                choice.Layer.ToString(CultureInfo.InvariantCulture),
                Mark(block.Attention.Name, block.Attention == parent.Attention),
                Mark(block.Ffn.Name, block.Ffn == parent.Ffn),
                Number($"{chosen.Score:F4}"),
                Number($"{share:P0}"));
        }
        console.Write(table);

        static string Mark(string name, bool isParent) => isParent ? $"[grey]{name}[/]" : $"[green]{name}[/]";
    }

    private static void ShowSpeedChecks(IAnsiConsole console, PuzzleResult result)
    {
        for (int i = 0; i < result.SpeedChecks.Count; i++)
        {
            SpeedCheck check = result.SpeedChecks[i];
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"Search {i + 1}: {check.PredictedSpeedup:F2}x by the sum of costs, {check.MeasuredSpeedup:F2}x measured whole.");
        }
    }

    private static void ShowComparison(IAnsiConsole console, PuzzleResult result, RunReport report)
    {
        Table table = new Table { Title = new TableTitle("Quality on held-out text, speed measured whole and interleaved") }
            .AddColumns("model", "top-1", "top-1 kept", "KL to parent", "LM loss", "speed-up", "prefill tok/s", "decode tok/s", "memory MiB", "parameters");
        Add("parent", report.Parent);
        Add("uniform", report.Uniform);
        Add("greedy", report.Greedy);
        if (report.Child is { Top1Assembled: { } top1, LmLossAssembled: { } loss, KlDivAssembled: { } divergence } && result.Child!.Uptrained is not null)
            Add("child as assembled", report.Child with { Top1 = top1, LmLoss = loss, KlDiv = divergence });
        Add(result.Child!.Uptrained is null ? "child" : "child, uptrained", report.Child);
        console.Write(table);
        if (report.Quantized is { } quantized)
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"With {report.Workload.WeightType} weights: top-1 {quantized.Parent.Top1:P1} (parent), {quantized.Child.Top1:P1} (child); KL to the parent {quantized.Parent.KlDivergence:F4} and {quantized.Child.KlDivergence:F4}; LM loss {quantized.Parent.LanguageModelLoss:F3} and {quantized.Child.LanguageModelLoss:F3}.");
        if (report.Foreign is { } foreign)
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"On text the parent did not write: top-1 {foreign.Parent.Top1:P1} (parent), {foreign.Child.Top1:P1} (child), {foreign.Child.Top1 / foreign.Parent.Top1:P1} kept; LM loss {foreign.Parent.LanguageModelLoss:F3} and {foreign.Child.LanguageModelLoss:F3}.");

        void Add(string name, ModelReport? row)
        {
            if (row is null)
                return;
            table.AddRow(
                name, Number($"{row.Top1:P1}"), Number($"{row.Top1 / report.Parent.Top1:P1}"), Number($"{row.KlDiv:F4}"), Number($"{row.LmLoss:F3}"),
                Number($"{row.SpeedupMeasured:F2}x"), Number($"{row.PrefillTokensPerSecond:N0}"), Number($"{row.DecodeTokensPerSecond:N0}"),
                Number($"{row.MemoryBytes / 1048576.0:F1}"), Number($"{row.Parameters:N0}"));
        }
    }

    private static void ShowEngines(IAnsiConsole console, RunReport report)
    {
        Table table = new Table { Title = new TableTitle("The same models in both engines") }
            .AddColumns("model", "ONNX Runtime: speed-up", "prefill tok/s", "decode tok/s", "torch: speed-up", "prefill tok/s", "decode tok/s");
        foreach ((string name, ModelReport? row) in new[] { ("parent", report.Parent), ("uniform", report.Uniform), ("greedy", report.Greedy), ("child", report.Child) })
        {
            if (row?.InTorch is { } torch)
                table.AddRow(
                    name, Number($"{row.SpeedupMeasured:F2}x"), Number($"{row.PrefillTokensPerSecond:N0}"), Number($"{row.DecodeTokensPerSecond:N0}"),
                    Number($"{torch.Speedup:F2}x"), Number($"{torch.PrefillTokensPerSecond:N0}"), Number($"{torch.DecodeTokensPerSecond:N0}"));
        }
        console.Write(table);
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
