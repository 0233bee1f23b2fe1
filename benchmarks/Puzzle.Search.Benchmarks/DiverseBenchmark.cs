using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Benchmarks;

/// <summary>Ten architectures, each 16 of 80 layers from all before: six with a limit of 5 seconds each, four with 3.</summary>
internal static class DiverseBenchmark
{
    public static void Run(SearchProblem library)
    {
        Run("exact", library, limit => new ExactArchitectureSolver(new ExactSolverOptions { TimeLimit = limit }, Measure.Clock));
        Run("exact for half of the limit, then CBC", library, limit => new ArchitectureSolver(
            new ArchitectureSolverOptions { TimeLimit = limit }, Measure.Clock));
    }

    private static void Run(string method, SearchProblem library, Func<TimeSpan, IArchitectureSolver> create)
    {
        Console.WriteLine($"\n## Ten diverse architectures (16 of 80 layers apart); limits of 5 s (1 to 6) and 3 s (7 to 10) of " +
            $"processor time: {method}");
        Console.WriteLine("| scenario | solution | status, solver | objective | proven gap | ms | cbc, same rows, gap 0, same limit: " +
            "ms, objective |\n|---|---|---|---|---|---|---|");
        foreach ((string name, ResourceConstraint[] constraints) in Scenarios.Demo)
        {
            var previous = new List<IReadOnlyList<LayerChoice>>();
            for (int i = 1; i <= 10; i++)
            {
                int limit = i <= 6 ? 5 : 3;
                IArchitectureSolver solver = create(TimeSpan.FromSeconds(limit));
                SearchProblem problem = library
                    with { Constraints = constraints, PreviousArchitectures = [.. previous], MinimumDistance = 16 };
                (double milliseconds, SearchResult result) = Measure.Time(() => solver.Solve(problem));
                string cbc = "";
                if (CbcCommand.IsInstalled)
                {
                    (double time, double objective) = CbcCommand.Solve(problem, zeroGap: true, limit);
                    cbc = $"{time:F0}, {objective:F6}";
                }
                Console.WriteLine($"| {name} | {i} | {result.Status}, {result.Solver} | {result.Objective:F9} | {result.Gap:E1} | " +
                    $"{milliseconds:F0} | {cbc} |");
                if (!result.HasAnswer)
                    break;
                previous.Add(result.Choice);
            }
        }
    }
}
