using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Benchmarks;

/// <summary>Single problems: ours, the OR-Tools backends, and cbc.</summary>
internal static class SolveBenchmarks
{
    public static void Demo(SearchProblem library)
    {
        Console.WriteLine("\n## Published scenarios, 80 x 16");
        Console.WriteLine("| scenario | objective | exact | CP-SAT | SCIP | CBC (OR-Tools) | cbc, python-mip's settings | ratio " +
            "|\n|---|---|---|---|---|---|---|---|");
        var exact = new ExactArchitectureSolver();
        foreach ((_, ResourceConstraint[] constraints) in Scenarios.Demo)
            Measure.Solve(exact, library with { Constraints = constraints }, 300);
        foreach ((string name, ResourceConstraint[] constraints) in Scenarios.Demo)
            Row(name, library with { Constraints = constraints }, exact, repeats: 21, mipRepeats: 3);
    }

    public static void Scale()
    {
        Console.WriteLine("\n## Generated libraries, rows at 70 % (memory, runtime) and 80 % (parameters, KV)");
        Console.WriteLine("| problem | objective | exact | CP-SAT | SCIP | CBC (OR-Tools) | cbc, python-mip's settings | ratio " +
            "|\n|---|---|---|---|---|---|---|---|");
        var exact = new ExactArchitectureSolver();
        foreach ((int layers, double noise, int rows) in new[] { (80, 0.0, 2), (80, 0.01, 4), (126, 0.01, 2), (126, 0.01, 4) })
        {
            SearchProblem problem = SyntheticLibrary.Create(layers, noise, seed: 1);
            var parent = problem.TotalsOf(problem.ParentChoice());
            ResourceConstraint[] constraints = [.. parent.Take(rows)
                .Select((cost, i) => new ResourceConstraint(cost.Key, cost.Value * (i < 2 ? 0.7 : 0.8)))];
            Row($"{layers} x 54, noise {noise}, {rows} rows", problem with { Constraints = constraints }, exact, repeats: 5, mipRepeats: 1);
        }
    }

    private static void Row(string name, SearchProblem problem, ExactArchitectureSolver exact, int repeats, int mipRepeats)
    {
        (double ours, SearchResult best) = Measure.Solve(exact, problem, repeats);
        if (Measure.ExactOnly)
        {
            Console.WriteLine($"| {name} | {best.Objective:F9} ({best.Status}) | {ours:F2} | | | | | |");
            return;
        }
        string[] mips = [.. new[] { MipBackend.CpSat, MipBackend.Scip, MipBackend.Cbc }.Select(backend =>
        {
            (double milliseconds, SearchResult result) = Measure.Solve(Measure.Mip(backend, limit: 20), problem, mipRepeats);
            bool same = result.Status == SearchStatus.Optimal && Math.Abs(result.Objective - best.Objective) < 1e-8;
            return $"{milliseconds:F0}{(same ? "" : $" ({result.Status} {result.Objective:F9})")}";
        })];
        double cbc = double.NaN;
        if (CbcCommand.IsInstalled)
            cbc = Measure.Median(Enumerable.Range(0, mipRepeats).Select(_ => CbcCommand.Solve(problem, zeroGap: false).Milliseconds));
        Console.WriteLine(
            $"| {name} | {best.Objective:F9} ({best.Status}) | {ours:F2} | {string.Join(" | ", mips)} | {cbc:F0} | {cbc / ours:F0}x |");
    }
}
