using System.Globalization;
using Puzzle.Deployment.Profiling;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Fusion;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search;
using Puzzle.Search.Profiling;
using Puzzle.Search.Solving;

namespace Puzzle.Training.Benchmarks;

/// <summary>What fusing FFNs gains and costs: children of the default parent that keep few attention layers, as chosen and with fused FFNs,
/// at batch 1 in ONNX Runtime, as assembled and healed alike.</summary>
internal static class FusionBenchmark
{
    private const int PromptTokens = 32, GeneratedTokens = 64, Rounds = 15;

    public static async Task RunAsync(int blockwiseSteps, int[] attentionLayers, double[] thresholds, int globalSteps)
    {
        using HealingStudy study = await HealingStudy.CreateAsync(blockwiseSteps, withLinear: false);
        foreach (int layers in attentionLayers)
        {
            SearchResult answer = new ArchitectureSolver().Solve(
                study.Problem(1) with { Constraints = [new ResourceConstraint(CostName.AttentionLayers, layers)] });
            using CausalLanguageModel chosen = study.Assemble(answer);
            string target = $"at most {layers} attention layers";
            Console.WriteLine($"fusion: {target}: {chosen.Config.Architecture}");
            Dependencies(FfnFusion.Choose(chosen, study.Training));
            await ShowAsync(study, $"{target}, as chosen", answer, null, chosen, globalSteps);
            foreach (double threshold in thresholds)
            {
                foreach (bool keepLast in new[] { true, false })
                {
                    FusedFfns fused = FfnFusion.Choose(chosen, study.Training, new() { Threshold = threshold, KeepLast = keepLast });
                    string words = string.Create(CultureInfo.InvariantCulture,
                        $"{target}, fused below {threshold:F2}{(keepLast ? "" : ", the last too")}: {Groups(fused)}");
                    if (fused.Groups.Count == 0)
                        Console.WriteLine($"fusion: {words}");
                    else
                        await ShowAsync(study, words, answer, fused, chosen, keepLast ? globalSteps : 0);
                }
            }
        }
    }

    private static async Task ShowAsync(
        HealingStudy study, string words, SearchResult answer, FusedFfns? fused, CausalLanguageModel chosen, int globalSteps)
    {
        using CausalLanguageModel assembled = study.Assemble(answer);
        using CausalLanguageModel child = FfnFusion.Apply(assembled, fused ?? new FusedFfns([], []));
        ModelEvaluation before = study.Evaluate(child);
        // One thread and batch 1: what a step waits for is the number of operators and the bytes of weights. Processor time: others may
        // use the machine too.
        IReadOnlyList<ModelThroughput> times = (await new OnnxThroughputProfiler(
            new OnnxProfilingOptions { Threads = 1, Rounds = Rounds }, new ThreadProcessorClock()).MeasureAsync(
            [new("parent", study.IdentifiedParent.Model), new("as chosen", chosen), new("child", child)],
            new Workload(1, PromptTokens, GeneratedTokens)))!;
        if (globalSteps == 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"fusion: {words}: KL {before.KlDivergence:F4}, top-1 {before.Top1:P2}; parent, as chosen, child: "
                    + $"{string.Join(", ", times.Select(Times))}"));
            return;
        }
        await new GlobalDistiller(new GlobalDistillationOptions { Steps = globalSteps, EvaluateEvery = int.MaxValue }).DistillAsync(
            new GlobalDistillationRequest(study.IdentifiedParent, study.Training, new(child, "child")));
        ModelEvaluation after = study.Evaluate(child);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"fusion: {words}: KL {before.KlDivergence:F4}, top-1 {before.Top1:P2}; after {globalSteps} steps KL {after.KlDivergence:F4}, "
                + $"top-1 {after.Top1:P2}; parent, as chosen, child: {string.Join(", ", times.Select(Times))}"));
    }

    private static string Times(ModelThroughput time) => string.Create(CultureInfo.InvariantCulture,
        $"{time.Prefill.MedianMilliseconds:F2} ms + {time.Decode.MedianMilliseconds:F3} ms a token = {time.RequestMilliseconds:F1} ms");

    private static string Groups(FusedFfns fused) => fused.Groups.Count == 0 ? "nothing" : string.Join("; ", fused.Groups.Select(group =>
        string.Create(CultureInfo.InvariantCulture, $"{string.Join('+', group.Layers)} ({group.Width}, {group.Dependency:F3})")));

    private static void Dependencies(FusedFfns measured)
    {
        foreach (FfnDependency run in measured.Dependencies)
        {
            for (int later = 1; later < run.Layers.Count; later++)
                Console.WriteLine($"fusion: layer {run.Layers[later]} without {string.Join(", ", run.Distances[later].Select(
                    (distance, earlier) => string.Create(CultureInfo.InvariantCulture, $"{run.Layers[earlier]}: {distance:F3}")))}");
        }
    }
}
