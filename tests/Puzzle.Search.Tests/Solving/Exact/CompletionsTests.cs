using Puzzle.Search.Solving.Exact;

namespace Puzzle.Tests.Solving.Exact;

public sealed class CompletionsTests
{
    /// <summary>
    /// Labels of equal score and different tie are all kept; out of the order of costs the search for the best one missed it.
    /// </summary>
    [Fact]
    public void TryFind_EqualScoresOfDifferentCosts_FindsTheLeastThatFits()
    {
        var labels = new LabelSet(1);
        foreach ((long score, long tie, long cost) in new[] { (1L, 2L, 3L), (1, 1, 5), (2, 3, 2) })
        {
            int label = labels.Add();
            (labels.Scores[label], labels.Ties[label], labels.Costs[0][label]) = (score, tie, cost);
        }
        var completions = Completions.Of(labels, 1);
        Assert.True(completions.TryFind([4], 10, out long least));
        Assert.Equal(1, least);
        Assert.True(completions.TryFind([2], 10, out least));
        Assert.Equal(2, least);
        Assert.False(completions.TryFind([1], 10, out _));
        Assert.False(completions.TryFind([2], 1, out _));
    }
}
