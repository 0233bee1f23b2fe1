using System.Diagnostics;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class CancellationTests
{
    [Fact]
    public async Task Solve_CanceledInTheMiddleOfAHardProblem_StopsSoon()
    {
        SearchProblem problem = Hard();
        using var cancellation = new CancellationTokenSource();
        Task<SearchResult> solving = Task.Run(() => new ExactArchitectureSolver().Solve(problem, cancellation.Token), TestContext.Current.CancellationToken);
        await Task.Delay(400, TestContext.Current.CancellationToken);
        Assert.False(solving.IsCompleted, "The problem is too easy to test this with.");
        var watch = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => solving);

        // 50 ms on an idle machine; others may be using this one.
        Assert.InRange(watch.ElapsedMilliseconds, 0, 1000);
    }

    /// <summary>Many binding budgets and distances: neither labels nor branches end within seconds.</summary>
    private static SearchProblem Hard()
    {
        CostName[] names = [.. Enumerable.Range(0, 8).Select(i => new CostName($"cost_{i}"))];
        var random = new Random(3);
        return new SearchProblem
        {
            Layers = [.. Enumerable.Range(0, 60).Select(_ => (IReadOnlyList<SearchVariant>)[.. Enumerable.Range(0, 60).Select(i =>
                new SearchVariant($"v{i}", random.NextDouble(), names.ToDictionary(name => name, _ => random.NextDouble())))])],
            Constraints = [.. names.Select(name => new ResourceConstraint(name, 60 * 0.2))],
        };
    }
}
