using System.Diagnostics;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>Replace-1-block scores with the prefix cache against a whole forward per candidate, interleaved, one thread.</summary>
internal static class ScoringBenchmark
{
    public static async Task RunAsync()
    {
        using CausalLanguageModel parent = RandomWeights.Create(BenchmarkModel.Config, 1);
        PackedTokenDataset data = BenchmarkModel.Windows(24, 256);
        SearchSpace space = SearchSpace.Create(parent.Config, [50], widthMultiple: 16, withLinear: false);
        double cached = 0, whole = 0, difference = 0;
        for (int round = 0; round < 3; round++)
        {
            (IReadOnlyDictionary<string, double> cachedScores, double cachedSeconds) = await ScoreAsync(parent, data, space, cachePrefix: true);
            (IReadOnlyDictionary<string, double> wholeScores, double wholeSeconds) = await ScoreAsync(parent, data, space, cachePrefix: false);
            cached += cachedSeconds;
            whole += wholeSeconds;
            difference = Math.Max(difference, cachedScores.Max(score => Math.Abs(score.Value - wholeScores[score.Key])));
        }
        Console.WriteLine(FormattableString.Invariant($"scoring: {cached:F1} s with the prefix cache, {whole:F1} s without: {whole / cached:F2}x (limit 16/9 = 1.78 at 8 layers); largest difference {difference:E1}"));
    }

    private static async Task<(IReadOnlyDictionary<string, double> Scores, double Seconds)> ScoreAsync(CausalLanguageModel parent, PackedTokenDataset data, SearchSpace space, bool cachePrefix)
    {
        string folder = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;
        try
        {
            using var library = DirectoryBlockLibrary.Open(folder, new string('0', 64));
            DistillationResult crafted = await new BlockwiseDistiller(new BlockwiseDistillationOptions { Steps = 0, BatchSize = 4, CalibrationWindows = 8 })
                .DistillAsync(new BlockwiseDistillationRequest(parent, library.ParentFingerprint, data, space, library));
            BlockVariant[] candidates = [..
                from attention in crafted.Variants
                from ffn in crafted.Variants
                where attention.Key.Kind == SubblockKind.Attention && ffn.Key.Kind == SubblockKind.Ffn && attention.Key.Layer == ffn.Key.Layer
                // One candidate per layer and attention variant, so that sharing attention does not blur the comparison.
                where ffn.Key.Config == "352" && !attention.IsParent
                select new BlockVariant(attention, ffn)];
            var scorer = new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = 8, Workers = 1, CachePrefix = cachePrefix });
            var scores = new Dictionary<string, double>();
            long started = Stopwatch.GetTimestamp();
            await foreach (BlockScore score in scorer.ScoreAsync(new ScoringRequest(parent, library, candidates, data)))
                scores[score.BlockId] = score.Metrics[ScoreMetric.KlDivergence.Name];
            return (scores, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
