using System.Globalization;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;

namespace Puzzle.Training.Benchmarks;

/// <summary>What the fit in sequence gains: children as assembled, after the fit, and after global distillation of equal processor time
/// with and without it.</summary>
internal static class SequenceBenchmark
{
    // What trainings have in common is left out of the time of a step.
    private const int TimedSteps = 4;

    public static async Task RunAsync(int blockwiseSteps, int[] fitWindows, int[] globalSteps)
    {
        using HealingStudy study = await HealingStudy.CreateAsync(blockwiseSteps);
        foreach (double speedup in new[] { 1.5, 2.0 })
        {
            using CausalLanguageModel assembled = study.Assemble(speedup, out string words);
            Show($"{speedup:F1}x ({words})", "as assembled", study.Evaluate(assembled), 0);
            double few = (await HealAsync(study, speedup, TimedSteps, 0)).Seconds;
            double step = ((await HealAsync(study, speedup, 2 * TimedSteps, 0)).Seconds - few) / TimedSteps;
            var fits = new Dictionary<int, double>();
            foreach (int windows in fitWindows)
            {
                (ModelEvaluation quality, double seconds, SequentialFit? fit) = await HealAsync(study, speedup, 0, windows);
                fits[windows] = seconds;
                Show($"{speedup:F1}x", string.Create(CultureInfo.InvariantCulture,
                    $"fitted on {windows} windows, {seconds / step:F1} steps' time ({fit!.Ending}: {fit.KlBefore:F4} -> {fit.KlAfter:F4})"),
                    quality, seconds);
            }
            foreach (int steps in globalSteps)
            {
                (ModelEvaluation quality, double seconds, _) = await HealAsync(study, speedup, steps, 0);
                Show($"{speedup:F1}x", $"{steps} steps of GKD", quality, seconds);
                foreach (int windows in fitWindows)
                {
                    int fewer = Math.Max(1, steps - (int)Math.Ceiling(fits[windows] / step));
                    (quality, seconds, _) = await HealAsync(study, speedup, fewer, windows);
                    Show($"{speedup:F1}x", $"fitted on {windows} windows, {fewer} steps of GKD", quality, seconds);
                }
            }
        }
    }

    private static async Task<(ModelEvaluation Quality, double Seconds, SequentialFit? Fit)> HealAsync(
        HealingStudy study, double speedup, int steps, int windows)
    {
        using CausalLanguageModel child = study.Assemble(speedup, out _);
        var options = new GlobalDistillationOptions { Steps = steps, FitWindows = windows, EvaluateEvery = int.MaxValue };
        double started = ProcessorTime.Seconds;
        GlobalDistillationResult result = await new GlobalDistiller(options).DistillAsync(
            new GlobalDistillationRequest(study.IdentifiedParent, study.Training, new(child, "child")));
        double seconds = ProcessorTime.Seconds - started;
        return (study.Evaluate(child), seconds, result.Fit);
    }

    private static void Show(string target, string what, ModelEvaluation quality, double seconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"sequence: {target}: {what}: KL {quality.KlDivergence:F4}, LM loss {quality.LanguageModelLoss:F4}, top-1 {quality.Top1:P2}; "
            + $"{seconds:F1} processor seconds"));
}
