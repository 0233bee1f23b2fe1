using System.Diagnostics;
using System.Globalization;
using Puzzle.Distillation.Training;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>One optimizer step over more numbers than a span of bytes covers: 16 bytes each, 8.7 GB for the 540 M of the default.</summary>
internal static class LargeStepBenchmark
{
    public static void Run(int millions)
    {
        using var scope = NewDisposeScope();
        Tensor weights = zeros([millions * 1000L, 1000]);
        using var gradients = new FlatGradients([weights]);
        using var optimizer = AdamW.Create([weights], new AdamWOptions());
        gradients.Buffer.fill_(2e-3f);
        long started = Stopwatch.GetTimestamp();
        double norm = gradients.Norm();
        optimizer.Step(gradients, 1e-3, 1);
        gradients.Clear();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        using var noGradients = no_grad();
        // A first step of AdamW moves every weight by the learning rate.
        float least = weights.min().item<float>(), most = weights.max().item<float>();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"large step: {weights.numel():N0} weights: norm {norm:F3} (expected {2e-3 * Math.Sqrt(weights.numel()):F3}), weights from "
            + $"{least:G6} to {most:G6} (expected -0.001), {seconds:F1} s, peak {ResidentMemory.Peak / 1e9:F1} GB"));
    }
}
