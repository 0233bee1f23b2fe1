using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class BatchSizeSearchTests
{
    [Fact]
    public void Solve_SomeBatches_FindsTheBestOfAll()
    {
        var solver = new ExactArchitectureSolver();
        for (int seed = 0; seed < 50; seed++)
        {
            SearchProblem problem = RandomProblems.Create(
                new Random(seed), 5, 2, lattice: false, previous: 0) with { Direction = ObjectiveDirection.Minimize };
            BatchCandidate[] candidates = [.. new[] { 1, 2, 4, 8 }.Select(batch => new BatchCandidate(batch, problem with
            {
                Constraints = [.. problem.Constraints.Select((c, i) => c with { Minimum = 0,
                    Maximum = (double.IsInfinity(c.Maximum) ? 40 : c.Maximum) * (i == 0 ? 2.0 / batch : 0.5 + (batch / 4.0)) })],
            }))];
            BatchSearchResult lazy = new BatchSizeSearch(solver)
                .Solve(candidates, cancellationToken: TestContext.Current.CancellationToken);
            BatchSearchResult all = new BatchSizeSearch(solver).Solve(candidates, solveAll: true, TestContext.Current.CancellationToken);
            double[] objectives = [.. all.Outcomes.Where(outcome => outcome.Result!.HasAnswer)
                .Select(outcome => outcome.Result!.Objective)];
            Assert.Equal(all.BatchSize, lazy.BatchSize);
            Assert.Equal(objectives.Length > 0, lazy.Best.HasAnswer);
            if (objectives.Length > 0)
                Assert.Equal(objectives.Min(), lazy.Best.Objective);
            Assert.Equal([1, 2, 4, 8], lazy.Outcomes.Select(outcome => outcome.BatchSize));
        }
    }

    [Fact]
    public void Solve_NoBatch_Throws()
        => Assert.Throws<ArgumentException>(
            () => new BatchSizeSearch(new ExactArchitectureSolver()).Solve([], cancellationToken: TestContext.Current.CancellationToken));
}
