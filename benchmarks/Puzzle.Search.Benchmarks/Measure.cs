using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Benchmarks;

internal static class Measure
{
    public static readonly ProcessorClock Clock = new();

    /// <summary>Gets or sets a value indicating whether only our own solver runs, to compare two builds of it.</summary>
    public static bool ExactOnly { get; set; }

    public static (double Milliseconds, T Result) Time<T>(Func<T> run)
    {
        long start = Clock.GetTimestamp();
        T result = run();
        return (Clock.GetElapsedTime(start).TotalMilliseconds, result);
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    public static MipArchitectureSolver Mip(MipBackend backend, double gap = 0, double limit = 60)
        => new(new MipSolverOptions { Backend = backend, RelativeGap = gap, TimeLimit = TimeSpan.FromSeconds(limit) });

    /// <summary>Median time of a solver over some repeats, and its last result.</summary>
    public static (double Milliseconds, SearchResult Result) Solve(IArchitectureSolver solver, SearchProblem problem, int repeats)
    {
        var times = new List<double>();
        SearchResult? result = null;
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            (double milliseconds, result) = Time(() => solver.Solve(problem));
            times.Add(milliseconds);
        }
        return (Median(times), result!);
    }
}
