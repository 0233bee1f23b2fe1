using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

/// <summary>
/// Cancellation counted in work: tokens are canceled at some reading of the clock, some variant asked for or some search done.
/// </summary>
public sealed class CancellationTests
{
    private static readonly CostName Cost = new("cost_0");

    /// <summary>Many readings into the search, in its labels, its local search and its branches.</summary>
    [Theory]
    [InlineData(5, 200_000)]
    [InlineData(200, 200_000)]
    [InlineData(60, 1)]
    [InlineData(2000, 1)]
    public void Exact_CanceledAtAReadingOfTheClock_ReadsItNoMoreThanOnce(int reading, int labels)
    {
        using var cancellation = new CancellationTokenSource();
        var clock = new CountingClock(reading, cancellation.Cancel);
        var solver = new ExactArchitectureSolver(new ExactSolverOptions { LabelLimit = labels }, clock);
        Assert.ThrowsAny<OperationCanceledException>(() => solver.Solve(Hard(60), cancellation.Token));
        Assert.InRange(clock.Readings, reading, reading + 2);
    }

    [Theory]
    [InlineData(MipBackend.CpSat)]
    [InlineData(MipBackend.Scip)]
    [InlineData(MipBackend.Cbc)]
    public void Mip_CanceledAtTheStartOfItsSearch_Throws(MipBackend backend)
    {
        using var cancellation = new CancellationTokenSource();
        var clock = new CountingClock(2, cancellation.Cancel);
        var solver = new MipArchitectureSolver(new MipSolverOptions { Backend = backend, TimeLimit = TimeSpan.FromSeconds(2) }, clock);
        Assert.ThrowsAny<OperationCanceledException>(() => solver.Solve(Hard(10), cancellation.Token));
        Assert.Equal(2, clock.Readings);
    }

    /// <summary>
    /// The stop may come before the search listens: it is asked again until the search ends, and what it uses is freed once.
    /// </summary>
    [Fact]
    public async Task Mip_CanceledBeforeItsSearchListens_IsStoppedAndFreed()
    {
        using var cancellation = new CancellationTokenSource();
        using var end = new SemaphoreSlim(0);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int stops = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => BackendThread.Run(
            () =>
            {
                cancellation.Cancel();
                end.Wait();
                return 0;
            },
            () =>
            {
                if (++stops == 3)
                    end.Release();
            },
            released.SetResult,
            cancellation.Token));
        await released.Task;
        Assert.Equal(3, stops);
    }

    [Fact]
    public void Solve_CanceledWhileItsModelIsBuilt_AsksForNoFurtherLayer()
    {
        using var cancellation = new CancellationTokenSource();
        int asked = 0;
        SearchProblem problem = Hard(60) with
        {
            Restrictions = [new AllowedVariants((_, _) =>
            {
                if (++asked == 100)
                    cancellation.Cancel();
                return true;
            })],
        };
        IArchitectureSolver[] solvers = [new ExactArchitectureSolver(), new MipArchitectureSolver(), new ArchitectureSolver()];
        foreach (IArchitectureSolver solver in solvers)
        {
            asked = 0;
            Assert.ThrowsAny<OperationCanceledException>(() => solver.Solve(problem, cancellation.Token));
            Assert.InRange(asked, 0, 120);
        }
    }

    [Fact]
    public void SolveDiverse_CanceledAfterTheSecond_SearchesNoMore()
    {
        using var cancellation = new CancellationTokenSource();
        var solver = new CountingSolver(2, cancellation);
        var results = new List<SearchResult>();
        Assert.ThrowsAny<OperationCanceledException>(() => results.AddRange(solver.SolveDiverse(Easy(), 10, 1, cancellation.Token)));
        Assert.Equal(2, solver.Solved);
    }

    [Fact]
    public void Sweep_CanceledAfterTheSecondPoint_SolvesNoMore()
    {
        using var cancellation = new CancellationTokenSource();
        var solver = new CountingSolver(2, cancellation);
        var axis = FrontierAxis.Between(Cost, 1, 100, 50);
        Assert.ThrowsAny<OperationCanceledException>(
            () => new Frontier(solver).Sweep(Easy(), axis, cancellationToken: cancellation.Token).Count());
        Assert.Equal(2, solver.Solved);
    }

    [Fact]
    public void BatchSizes_CanceledAfterTheSecond_SolvesNoMore()
    {
        using var cancellation = new CancellationTokenSource();
        var solver = new CountingSolver(2, cancellation);
        BatchCandidate[] candidates = [.. Enumerable.Range(1, 8).Select(batch => new BatchCandidate(batch, Easy()))];
        Assert.ThrowsAny<OperationCanceledException>(
            () => new BatchSizeSearch(solver).Solve(candidates, solveAll: true, cancellation.Token));
        Assert.Equal(2, solver.Solved);
    }

    [Fact]
    public void BatchSizes_Canceled_BoundsNone()
    {
        int asked = 0;
        SearchProblem problem = Easy() with { Restrictions = [new AllowedVariants((_, _) => ++asked > 0)] };
        BatchCandidate[] candidates = [.. Enumerable.Range(1, 8).Select(batch => new BatchCandidate(batch, problem))];
        var canceled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(
            () => new BatchSizeSearch(new ExactArchitectureSolver()).Solve(candidates, cancellationToken: canceled));
        Assert.Equal(0, asked);
    }

    private static SearchProblem Easy()
        => RandomProblems.Create(new Random(2), 5, 1, lattice: false, previous: 0) with { Constraints = [] };

    /// <summary>Many binding budgets: neither labels nor branches end soon.</summary>
    private static SearchProblem Hard(int layers)
    {
        CostName[] names = [.. Enumerable.Range(0, 8).Select(i => new CostName($"cost_{i}"))];
        var random = new Random(3);
        return new SearchProblem
        {
            Layers = [.. Enumerable.Range(0, layers).Select(_ => (IReadOnlyList<SearchVariant>)[.. Enumerable.Range(0, 60).Select(i =>
                new SearchVariant($"v{i}", random.NextDouble(), names.ToDictionary(name => name, _ => random.NextDouble())))])],
            Constraints = [.. names.Select(name => new ResourceConstraint(name, layers * 0.25))],
        };
    }

    /// <summary>Cancels after some searches.</summary>
    private sealed class CountingSolver(int last, CancellationTokenSource cancellation) : IArchitectureSolver
    {
        private readonly ExactArchitectureSolver _solver = new();

        public int Solved { get; private set; }

        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
        {
            SearchResult result = _solver.Solve(problem, cancellationToken);
            if (++Solved == last)
                cancellation.Cancel();
            return result;
        }
    }
}
