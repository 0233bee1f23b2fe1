using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Benchmarks;

/// <summary>Whole frontiers and batch sizes against cbc point by point.</summary>
internal static class SweepBenchmarks
{
    private const int Points = 50;
    private const int Sampled = 5;

    public static void Frontiers(SearchProblem? demo)
    {
        Console.WriteLine($"\n## Frontier of {Points} runtimes, 1.2x to 5x, memory bounded, every point proven (cbc: {Sampled} " +
            $"points, times {Points / Sampled})");
        Console.WriteLine("| library | solved / redundant / infeasible / unproven | exact, whole frontier | cbc, gap 0 | cbc, " +
            "python-mip's settings | ratio (gap 0) |\n|---|---|---|---|---|---|");
        if (demo is not null)
            Frontier("published 80 x 16", demo, 80_000);
        foreach ((int layers, double noise) in new[] { (80, 0.0), (80, 0.01), (126, 0.0), (126, 0.01) })
        {
            SearchProblem problem = SyntheticLibrary.Create(layers, noise, seed: 1);
            Frontier($"{layers} x 54, noise {noise}", problem, 0.7 * problem.TotalsOf(problem.ParentChoice())[SyntheticLibrary.Memory]);
        }
    }

    public static void Batches()
    {
        Console.WriteLine("\n## 8 batch sizes x 4 constraints, 126 x 54");
        Console.WriteLine("| noise | winner, objective | solved | exact | cbc each, gap 0 | ratio |\n|---|---|---|---|---|---|");
        foreach (double noise in new[] { 0, 0.01 })
        {
            SearchProblem full = SyntheticLibrary.Create(126, noise, seed: 1);
            var parent = full.TotalsOf(full.ParentChoice());
            BatchCandidate[] candidates = [.. Enumerable.Range(1, 8).Select(batch =>
            {
                SearchProblem problem = SyntheticLibrary.Create(126, noise, seed: 1, batch / 8.0);
                return new BatchCandidate(batch * 32, problem with
                {
                    Constraints =
                    [
                        new(SyntheticLibrary.Memory, 0.55 * parent[SyntheticLibrary.Memory]),
                        new(SyntheticLibrary.Runtime, 0.7 * parent[SyntheticLibrary.Runtime] * batch / 8),
                        .. parent.Skip(2).Select(cost => new ResourceConstraint(cost.Key, 0.8 * cost.Value)),
                    ],
                });
            })];
            var search = new BatchSizeSearch(new ExactArchitectureSolver());
            search.Solve(candidates);
            (double ours, BatchSearchResult result) = Measure.Time(() => search.Solve(candidates));
            double zero = CbcCommand.IsInstalled
                ? candidates.Sum(candidate => CbcCommand.Solve(candidate.Problem, zeroGap: true, limitSeconds: 20).Milliseconds)
                : double.NaN;
            Console.WriteLine($"| {noise} | {result.BatchSize}, {result.Best.Objective:F9} ({result.Best.Status}) | " +
                $"{result.Outcomes.Count(outcome => outcome.Result is not null)} of 8 | {ours:F0} | {zero:F0} | {zero / ours:F0}x |");
        }
    }

    private static void Frontier(string name, SearchProblem library, double memory)
    {
        SearchProblem problem = library with { Constraints = [new(SyntheticLibrary.Memory, memory)] };
        double parent = library.TotalsOf(library.ParentChoice())[SyntheticLibrary.Runtime];
        double[] targets = [.. Enumerable.Range(0, Points).Select(i => parent / (1.2 + (3.8 * i / (Points - 1))))];
        var frontier = new Frontier(new ExactArchitectureSolver());
        FrontierPoint[] Sweep() => [.. frontier.Sweep(problem, new FrontierAxis(SyntheticLibrary.Runtime, targets))];
        Sweep();
        (double ours, FrontierPoint[] points) = Measure.Time(Sweep);
        double zero = 0;
        double mip = 0;
        if (CbcCommand.IsInstalled)
        {
            for (int i = 0; i < Sampled; i++)
            {
                SearchProblem point = problem with { Constraints = [
                    .. problem.Constraints, new(SyntheticLibrary.Runtime, targets[(Points / Sampled * i) + (Points / Sampled / 2)])] };
                zero += CbcCommand.Solve(point, zeroGap: true).Milliseconds * Points / Sampled;
                mip += CbcCommand.Solve(point, zeroGap: false).Milliseconds * Points / Sampled;
            }
        }
        int redundant = points.Count(point => point.IsRedundant);
        int infeasible = points.Count(point => point.Result.Status == SearchStatus.Infeasible);
        int unproven = points.Count(point => point.Result.Status is SearchStatus.Feasible or SearchStatus.Unsolved);
        Console.WriteLine($"| {name} | {points.Length - redundant - infeasible - unproven} / {redundant} / {infeasible} / {unproven} " +
            $"| {ours:F0} | {zero:F0} | {mip:F0} | {zero / ours:F0}x |");
    }
}
