using System.Diagnostics;
using Puzzle.Cluster.Mpi;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Models;

namespace Puzzle.Training.Benchmarks;

/// <summary>Global distillation of the default parent's child in one process, or in those that mpirun started: steps of 8 windows of 256
/// tokens, one worker in each process.</summary>
internal static class RanksBenchmark
{
    // The compiler and the caches.
    private const int WarmUp = 3;

    public static async Task RunAsync(int steps, TrainingPrecision precision)
    {
        using MpiGradientReducer ranks = MpiGradientReducer.Join();
        var timed = new TimedReducer(ranks);
        using var parent = new EmbeddedParent();
        using CausalLanguageModel child = parent.Child();
        var options = new GlobalDistillationOptions { Steps = WarmUp + steps, Workers = 1, Precision = precision };
        var times = new List<double>();
        double processor = 0, sums = 0, sumsProcessor = 0, messages = 0, messagesProcessor = 0;
        long last = 0;
        GlobalDistillationResult result = await new GlobalDistiller(options, reducer: timed).DistillAsync(
            new(new(parent.Model, "parent"), parent.Training(), new(child, "child")), new Immediate(update =>
            {
                long now = Stopwatch.GetTimestamp();
                if (update.Completed > WarmUp)
                    times.Add(Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
                if (update.Completed == WarmUp)
                    (processor, sums, sumsProcessor, messages, messagesProcessor) = (ProcessorTime.Seconds, timed.SumSeconds,
                        timed.SumProcessorSeconds, timed.MessageSeconds, timed.MessageProcessorSeconds);
                last = now;
            }));
        double each = 1000.0 / steps, all = (ProcessorTime.Seconds - processor) * each;
        double sum = (timed.SumSeconds - sums) * each, sumProcessor = (timed.SumProcessorSeconds - sumsProcessor) * each;
        double wait = (timed.MessageSeconds - messages) * each, waitProcessor = (timed.MessageProcessorSeconds - messagesProcessor) * each;
        times.Sort();
        Console.WriteLine(
            FormattableString.Invariant($"ranks: {ranks.Rank} of {ranks.Ranks}: step {times.Average():F0} ms ")
            + FormattableString.Invariant($"(median {times[times.Count / 2]:F0}, best {times[0]:F0}), sum {sum:F1}, waiting {wait:F0}; ")
            + FormattableString.Invariant($"processor time {all:F0} ms, sum {sumProcessor:F1}, waiting {waitProcessor:F0}; ")
            + FormattableString.Invariant($"last loss in {precision} {result.Curve[^1].Loss:F7}"));
    }

    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
