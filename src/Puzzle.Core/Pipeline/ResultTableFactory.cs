using Puzzle.Architectures;
using Puzzle.Fusion;
using Puzzle.Measurement;
using Puzzle.Search;
using static Puzzle.Pipeline.ResultTable;

namespace Puzzle.Pipeline;

/// <summary>Puts what a run found into tables.</summary>
internal static class ResultTableFactory
{
    public static IReadOnlyList<ResultTable> Create(PuzzleResult result) =>
        result.Child is not { } child ? []
        : child.Fusion is { Groups.Count: > 0 } fused ? [Layers(result, child), Fused(fused), Comparison(result, child)]
        : [Layers(result, child), Comparison(result, child)];

    /// <summary>What became of FFNs that depend little on each other.</summary>
    private static ResultTable Fused(FusedFfns fused) => new(
        "FFNs of the child that are fused",
        ["layers", "channels", "largest dependency"],
        [.. fused.Groups.Select(group => (IReadOnlyList<string>)[
            string.Join(", ", group.Layers), Write($"{group.Width}"), Write($"{group.Dependency:F3}")])]);

    /// <summary>The child layer by layer.</summary>
    private static ResultTable Layers(PuzzleResult result, PuzzleCandidate child) => new(
        "The child, layer by layer",
        ["layer", "attention", "FFN", "harm if it alone is replaced", "runtime, share of the parent's"],
        [.. child.Result.Choice.Select(choice =>
        {
            SearchVariant chosen = result.Problem.Layers[choice.Layer][choice.VariantIndex];
            SearchVariant parent = result.Problem.Layers[choice.Layer].First(variant => variant.IsParent);
            BlockConfig block = child.Architecture[choice.Layer];
            double share = Share(chosen.Costs.GetValueOrDefault(CostName.Runtime), parent.Costs.GetValueOrDefault(CostName.Runtime));
            return (IReadOnlyList<string>)[
                Write($"{choice.Layer}"), block.Attention.Name, block.Ffn.Name, Write($"{chosen.Score:F4}"), Write($"{share:P0}")];
        })]);

    /// <summary>Parent, baselines and child. Speeds are those measured whole, or where nothing was the sums of costs.</summary>
    private static ResultTable Comparison(PuzzleResult result, PuzzleCandidate child)
    {
        var rows = new List<IReadOnlyList<string>>();
        BlockCost parentCost = result.ParentCost;
        Add("parent", "parent", result.Parent, parentCost);
        foreach (PuzzleCandidate baseline in result.Baselines)
            Add(baseline.Name, baseline.Name, baseline.Final, baseline.PredictedCost);
        if (child.Uptrained is not null)
            Add("child as assembled", child.Name, child.Assembled, child.PredictedCost);
        Add(child.Uptrained is null ? "child" : "child, uptrained", child.Name, child.Final, child.PredictedCost);
        bool measured = result.Speeds.Count > 0;
        return new ResultTable(
            measured
                ? "Quality on held-out text, speed measured whole and interleaved"
                : "Quality on held-out text, speed as the sum of profiled costs",
            [
                "model", "top-1", "top-1 kept", "KL to parent", "LM loss", "speed-up", "prefill tok/s", "decode tok/s", "memory MiB",
                "parameters"
            ],
            rows);

        void Add(string label, string name, ModelEvaluation quality, BlockCost cost)
        {
            Workload workload = result.Costs.Workload;
            ModelThroughput? own = result.Speeds.FirstOrDefault(speed => speed.Name == name);
            ModelThroughput? parents = result.Speeds.FirstOrDefault(speed => speed.Name == "parent");
            double speedup = own is not null && parents is not null
                ? parents.RequestMilliseconds / own.RequestMilliseconds
                : Share(parentCost.RuntimeMilliseconds(workload), cost.RuntimeMilliseconds(workload));
            ModelThroughput speed = own ?? new ModelThroughput(
                name, workload, new Timing(cost.PrefillMilliseconds, 0, 0), new Timing(cost.DecodeMilliseconds, 0, 0));
            rows.Add(
            [
                label, Write($"{quality.Top1:P1}"), Write($"{Share(quality.Top1, result.Parent.Top1):P1}"),
                Write($"{quality.KlDivergence:F4}"), Write($"{quality.LanguageModelLoss:F3}"),
                Write($"{speedup:F2}x"), Write($"{speed.PrefillTokensPerSecond:N0}"), Write($"{speed.DecodeTokensPerSecond:N0}"),
                Write($"{cost.MemoryBytes / 1048576.0:F1}"), Write($"{cost.ParameterCount:N0}"),
            ]);
        }
    }

    private static double Share(double part, double whole) => whole == 0 ? 1 : part / whole;
}
