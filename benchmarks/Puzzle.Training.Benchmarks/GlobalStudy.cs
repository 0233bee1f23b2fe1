using System.Globalization;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;

namespace Puzzle.Training.Benchmarks;

/// <summary>Global distillation of one child by different optimizers, rates and weights of the losses, in equally many steps.</summary>
internal static class GlobalStudy
{
    public static async Task RunAsync(int blockwiseSteps, int steps, double speedup, string[] forms)
    {
        using HealingStudy study = await HealingStudy.CreateAsync(blockwiseSteps);
        using (CausalLanguageModel assembled = study.Assemble(speedup, out string words))
            Show(string.Create(CultureInfo.InvariantCulture, $"{speedup:F2}x as assembled ({words})"), study.Evaluate(assembled), 0);
        foreach (string form in forms)
        {
            GlobalDistillationOptions options = Parse(form);
            (options.Steps, options.EvaluateEvery) = (steps, int.MaxValue);
            using CausalLanguageModel child = study.Assemble(speedup, out _);
            double started = ProcessorTime.Seconds;
            await new GlobalDistiller(options).DistillAsync(
                new GlobalDistillationRequest(study.IdentifiedParent, study.Training, new(child, "child")));
            double seconds = ProcessorTime.Seconds - started;
            Show(string.Create(CultureInfo.InvariantCulture, $"{speedup:F2}x {steps} steps {form}"), study.Evaluate(child), seconds);
        }
    }

    // Such as muon:1e-3:0.5, adamw:5e-4: optimizer, peak rate, weight of the cosine loss, windows of a step.
    private static GlobalDistillationOptions Parse(string form)
    {
        string[] parts = form.Split(':');
        var options = new GlobalDistillationOptions { Muon = parts[0] == "muon", LearningRate = Number(parts[1]) };
        if (parts.Length > 2)
            options.CosineWeight = Number(parts[2]);
        if (parts.Length > 3)
            options.BatchSize = (int)Number(parts[3]);
        return options;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static void Show(string what, ModelEvaluation quality, double seconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"healing: {what}: KL {quality.KlDivergence:F4}, LM loss {quality.LanguageModelLoss:F4}, top-1 {quality.Top1:P2}; "
            + $"{seconds:F0} processor seconds"));
}
