using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.Scoring;

public sealed class ReplaceOneBlockScorerConformanceTests : ScorerConformance
{
    protected override IBlockScorer CreateScorer() => new ReplaceOneBlockScorer(
        new ScoringOptions { MaxWindows = 6, Metrics = [.. ScoreMetric.All.Select(metric => metric.Name)] });
}
