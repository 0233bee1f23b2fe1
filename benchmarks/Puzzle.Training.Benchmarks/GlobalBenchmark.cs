using System.Globalization;
using System.Diagnostics;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Where the time and the memory of a global distillation step go, and what brain floats change.</summary>
internal static class GlobalBenchmark
{
    private const int Steps = 80;

    /// <summary>The parts of a step, and its peak memory.</summary>
    public static void Run()
    {
        using var parent = new EmbeddedParent();
        StepTimes(parent, parent.Training());
        GlobalMemory.Run();
    }

    /// <summary>Speed and quality of brain floats.</summary>
    public static async Task RunPrecisionAsync()
    {
        PrecisionBySize();
        using var parent = new EmbeddedParent();
        await QualityAsync(parent, parent.Training());
    }

    // Processor time of the one thread that does everything, rounds interleaved: other work on the machine hardly shows.
    private static void StepTimes(EmbeddedParent parent, PackedTokenDataset data)
    {
        (string Name, ScalarType Type, bool Recompute)[] kinds =
            [("fp32", ScalarType.Float32, false), ("fp32, recomputed", ScalarType.Float32, true), ("bf16", ScalarType.BFloat16, false),
                ("bf16, recomputed", ScalarType.BFloat16, true)];
        StepTimer[] timers = [.. kinds.Select(kind => new StepTimer(parent.Model, parent.Child(), data, kind.Type, kind.Recompute))];
        for (int round = 0; round < 7; round++)
        {
            foreach (StepTimer timer in timers)
                timer.Step(round);
        }
        double slowest = timers[0].Median(times => times.Whole);
        foreach ((var kind, StepTimer timer) in kinds.Zip(timers))
        {
            double whole = timer.Median(times => times.Whole);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"gkd: {kind.Name}: step {whole:F0} ms ({slowest / whole:F2}x), parent forward " +
                    $"{timer.Median(times => times.Parent):F0}, child forward {timer.Median(times => times.Child):F0}, heads and " +
                        $"backward {timer.Median(times => times.Losses - times.Parent - times.Child):F0}, optimizer " +
                            $"{timer.Median(times => times.Whole - times.Losses):F1} ms " +
                                $"({timer.Median(times => (times.Whole - times.Losses) / times.Whole):P1})"));
            timer.Dispose();
        }
    }

    // From which size on brain floats are worth their conversions.
    private static void PrecisionBySize()
    {
        foreach (int hidden in new[] { 32, 64, 128, 256 })
        {
            ModelConfig config = BenchmarkModel.Config with
            {
                HiddenSize = hidden,
                HeadSize = hidden / 8,
                Architecture = Puzzle.Architectures.Architecture.Uniform(
                    2, BlockConfig.Parse(FormattableString.Invariant($"gqa-8/{hidden * 11 / 4}"))),
            };
            using CausalLanguageModel parent = RandomWeights.Create(config, 1);
            PackedTokenDataset data = BenchmarkModel.Windows(16, 256);
            using StepTimer full = new(parent, RandomWeights.Create(config, 2), data, ScalarType.Float32, recompute: false),
                low = new(parent, RandomWeights.Create(config, 2), data, ScalarType.BFloat16, recompute: false);
            for (int round = 0; round < 7; round++)
            {
                full.Step(round);
                low.Step(round);
            }
            double fullTime = full.Median(times => times.Whole), lowTime = low.Median(times => times.Whole);
            Console.WriteLine(FormattableString.Invariant(
                $"precision: hidden {hidden}, 2 layers: fp32 {fullTime:F0} ms, bf16 {lowTime:F0} ms ({fullTime / lowTime:F2}x)"));
        }
    }

    private static async Task QualityAsync(EmbeddedParent parent, PackedTokenDataset data)
    {
        PackedTokenDataset heldOut = parent.HeldOut();
        foreach (TrainingPrecision precision in new[] { TrainingPrecision.Float32, TrainingPrecision.BFloat16 })
        {
            using CausalLanguageModel child = parent.Child();
            long started = Stopwatch.GetTimestamp();
            await new GlobalDistiller(new GlobalDistillationOptions { Steps = Steps, Workers = 2, Precision = precision })
                .DistillAsync(new GlobalDistillationRequest(new(parent.Model, "parent"), data, new(child, "child")));
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            ModelEvaluation quality = ModelEvaluator.Evaluate(child, parent.Model, heldOut);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"precision: {Steps} steps in {precision}: {seconds:F1} s, held-out KL {quality.KlDivergence:F5}, LM loss " +
                    $"{quality.LanguageModelLoss:F4}, top-1 {quality.Top1:P2}, agreement {quality.Agreement:P2}"));
        }
    }
}
