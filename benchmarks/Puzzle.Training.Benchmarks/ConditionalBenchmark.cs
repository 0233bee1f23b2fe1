using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;

namespace Puzzle.Training.Benchmarks;

/// <summary>Solving and re-scoring in turn on the default parent: the measured score of every round's architecture.</summary>
internal static class ConditionalBenchmark
{
    public static async Task RunAsync(int windows = 8)
    {
        using ScoringStudy study = await ScoringStudy.CreateAsync(
            windows, 128, config => SearchSpace.Create(config, [50, 25], 16, withLinear: false));
        var options = new ScoringOptions { MaxWindows = windows };
        ScratchScores library = study.NewLibrary();
        (Dictionary<string, BlockScore> scores, _) = await study.ScoreAsync(new ReplaceOneBlockScorer(options), library, study.Blocks);
        foreach (double speedup in new[] { 1.5, 2.0, 3.0 })
        {
            var request = new ConditionalSearchRequest(
                study.Parent, library, study.Layers, study.Problem(scores, speedup), ScoreObjective.ForMetric(ScoreMetric.KlDivergence),
                    study.Data);
            ConditionalSearchResult result = await new ConditionalRescore(new ReplaceOneBlockScorer(options))
                .SolveAsync(request, new ArchitectureSolver());
            Console.WriteLine($"conditional re-scoring at {speedup:F1}x: {result.Ending} after {result.Rounds.Count} rounds");
            foreach (ConditionalRound round in result.Rounds)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  predicted {round.Result.Objective:F4}, measured " +
                    $"{round.Objective:F4}{(round == result.Best ? " (best)" : "")}; {round.Rescored} of {study.Blocks.Count} blocks " +
                        $"scored again"));
        }
    }
}
