using System.Diagnostics;
using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>A child evaluated beside its parent against the parent alone, at a large vocabulary; run with keep=no to see it without freed
/// memory kept.</summary>
internal static class VocabularyBenchmark
{
    private static readonly ModelConfig Config = BenchmarkModel.Config with { VocabularySize = 32_768 };

    public static void Run()
    {
        using CausalLanguageModel parent = RandomWeights.Create(Config, 1), child = RandomWeights.Create(Config, 2);
        PackedTokenDataset text = BenchmarkModel.Windows(2, 256);
        var alone = new List<double>();
        var beside = new List<double>();
        var kept = new List<double>();
        using var states = new ParentStates(parent, text, 1, CancellationToken.None);
        for (int round = 0; round < 3; round++)
        {
            alone.Add(Time(() => ModelEvaluator.Evaluate(parent, parent, text, workers: 1)));
            beside.Add(Time(() => ModelEvaluator.Evaluate(child, parent, text, workers: 1)));
            kept.Add(Time(() => ModelEvaluator.Evaluate(child, states, text, 1, CancellationToken.None)));
        }
        double one = Median(alone);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"vocabulary of {Config.VocabularySize:N0}: parent alone {one:F2} s of processor time; child beside it {Median(beside):F2} s "
            + $"({Median(beside) / one:F2}x), its states kept {Median(kept):F2} s ({Median(kept) / one:F2}x)"));
    }

    private static double Time(Action action)
    {
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        action();
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
