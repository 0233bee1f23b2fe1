using Puzzle.Scoring;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.Scoring;

public sealed class SuccessiveHalvingScorerConformanceTests : ScorerConformance
{
    protected override IBlockScorer CreateScorer() => new SuccessiveHalvingScorer();
}
