using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Search;
using Puzzle.Search.Scoring;

namespace Puzzle.Training.Benchmarks;

/// <summary>
/// Scores of the paper's whole space on the default parent: a whole forward per candidate, the prefix cache, successive
/// halving and additive scores; what each costs, and how good the architectures are that a search chooses from them.
/// </summary>
internal static class ScoringBenchmark
{
    // Every so many-th block is scored by whole forwards; no common divisor with the 6 x 9 alternatives of a layer.
    private const int Stride = 13;

    public static async Task RunAsync(int windows)
    {
        using ScoringStudy study = await ScoringStudy.CreateAsync(windows, 128, config => SearchSpace.Paper(config));
        IReadOnlyList<BlockVariant> blocks = study.Blocks;
        BlockVariant[] sample = [.. blocks.Where((_, i) => i % Stride == 0)];
        var options = new ScoringOptions { MaxWindows = windows };
        var whole = new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = windows, CachePrefix = false });
        (int layers, int tokens, int workers) = (study.Layers.Count, study.Data.SequenceLength, options.Workers);
        Print($"scoring: {blocks.Count} blocks of {layers} layers on {windows} windows of {tokens} tokens, {workers} workers");

        // Whole forwards before and after the others, so that a change of the machine's load touches both sides.
        (Dictionary<string, BlockScore> forwards, double before) = await study.ScoreAsync(
            whole, study.NewLibrary(), [.. sample.Where((_, i) => i % 2 == 0)]);
        ScratchScores library = study.NewLibrary();
        (Dictionary<string, BlockScore> exact, double cached) = await study.ScoreAsync(new ReplaceOneBlockScorer(options), library, blocks);
        (Dictionary<string, BlockScore> halved, double halving) = await study.ScoreAsync(
            new SuccessiveHalvingScorer(options), study.NewLibrary(), blocks);
        (Dictionary<string, BlockScore> rest, double after) = await study.ScoreAsync(
            whole, study.NewLibrary(), [.. sample.Where((_, i) => i % 2 == 1)]);
        double seconds = (before + after) * blocks.Count / sample.Length;
        double difference = forwards.Concat(rest)
            .Max(score => Math.Abs(score.Value.Metrics["kl_div"] - exact[score.Key].Metrics["kl_div"]));
        double share = halved.Values.Average(score => (double)score.Samples!["kl_div"].Count / windows);
        Print($"  a whole forward each {seconds:F1} s ({sample.Length} blocks took {before + after:F1} s)");
        double faster = seconds / cached;
        Print($"  prefix cache {cached:F1} s: {faster:F2}x (limit 16/9 without shared attention), largest difference {difference:E1}");
        Print($"  successive halving {halving:F1} s: {seconds / halving:F2}x, on {share:P0} of the windows");

        (Dictionary<string, BlockScore> added, _) = await study.ScoreAsync(
            new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = windows, Mode = ScoringMode.Additive }), library, blocks);
        BlockVariant[] composed = [.. blocks.Where(block => !block.Attention.IsParent && !block.Ffn.IsParent)];
        double[] ratios = [.. composed.Select(block => added[block.Id].Metrics["kl_div"] / exact[block.Id].Metrics["kl_div"])];
        double error = ratios.Average(ratio => Math.Abs(ratio - 1));
        Print($"  additive: {blocks.Count - composed.Length} blocks measured instead of {blocks.Count}");
        Print($"    of the others the sum is {ratios.Average():F2} of the score, relative error {error:P0} on average");

        foreach (double speedup in new[] { 1.5, 2.0 })
        {
            SearchProblem problem = study.Problem(exact, speedup);
            double best = double.NaN;
            (string, Dictionary<string, BlockScore>)[] tables = [("exact", exact), ("halving", halved), ("additive", added)];
            foreach ((string name, Dictionary<string, BlockScore> scores) in tables)
            {
                SearchResult result = study.Solve(scores, speedup);
                double sum = problem.ScoreOf(result.Choice);
                best = name == "exact" ? sum : best;
                double divergence = await study.MeasureAsync(result, options);
                Print($"  {speedup:F1}x by {name} scores: summed exact score {sum:F5} ({(sum / best) - 1:P2}), whole KL {divergence:F5}");
            }
        }
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
