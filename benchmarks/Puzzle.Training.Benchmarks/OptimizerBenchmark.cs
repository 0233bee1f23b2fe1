using System.Globalization;
using System.Diagnostics;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>One optimizer step over the default parent's weights: ours against torch's AdamW, interleaved, one thread.</summary>
internal static class OptimizerBenchmark
{
    public static void Run()
    {
        set_num_threads(1);
        using CausalLanguageModel model = RandomWeights.Create(BenchmarkModel.Config, 1);
        using CausalLanguageModel other = RandomWeights.Create(BenchmarkModel.Config, 1);
        using var scope = NewDisposeScope();
        Tensor[] ours = [.. model.Weights.Select(weight => weight.Value)];
        using var gradients = new FlatGradients(ours);
        gradients.Buffer.fill_(1e-3f);
        using var optimizer = AdamW.Create(ours, new AdamWOptions());

        TorchSharp.Modules.Parameter[] theirs = [.. other.Weights.Select(
            weight => new TorchSharp.Modules.Parameter(weight.Value.detach().clone()))];
        foreach (TorchSharp.Modules.Parameter parameter in theirs)
            parameter.grad = full_like(parameter, 1e-3f);
        using optim.Optimizer reference = optim.AdamW(theirs, lr: 1e-4);

        var own = new List<double>();
        var torchs = new List<double>();
        for (int round = 0; round < 15; round++)
        {
            own.Add(Time(() => optimizer.Step(gradients, 1e-4, 1)));
            torchs.Add(Time(() => reference.step()));
        }
        own.Sort();
        torchs.Sort();
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"optimizer: {own[own.Count / 2]:F1} ms ours, {torchs[torchs.Count / 2]:F1} ms " +
            $"torch's AdamW over {model.ParameterCount:N0} parameters: {torchs[torchs.Count / 2] / own[own.Count / 2]:F1}x; " +
                $"{28.0 * model.ParameterCount / own[own.Count / 2] / 1e6:F1} GB/s"));
    }

    private static double Time(Action step)
    {
        using var scope = NewDisposeScope();
        long started = Stopwatch.GetTimestamp();
        step();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
