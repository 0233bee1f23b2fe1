using Puzzle.CustomScorer;
using Puzzle.Scoring;

namespace Puzzle.Tests;

/// <summary>The sample's scorer does what every scorer must.</summary>
public sealed class CustomScorerConformanceTests : ScorerConformance
{
    private static readonly Question[] Questions =
    [
        new([1, 2, 3], [[4, 5], [6]], Answer: 0),
        new([7, 8], [[9], [10, 11], [12]], Answer: 2),
    ];

    protected override bool ReadsData => false;

    protected override IBlockScorer CreateScorer() => new QuestionScorer(Questions, "two questions");
}
