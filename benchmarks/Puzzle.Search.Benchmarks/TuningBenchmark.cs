using System.Reflection;
using Puzzle.Search;
using Puzzle.Search.Solving;
using Puzzle.Search.Solving.Exact;

namespace Puzzle.Benchmarks;

/// <summary>Every tuning number of the exact solver at half and at double its value, by the time all problems take together.</summary>
internal static class TuningBenchmark
{
    private const int Repeats = 3;

    public static void Run(SearchProblem? demo)
    {
        (string Group, Action<IArchitectureSolver> Solve)[] problems = [.. Problems(demo)];
        Console.WriteLine("\n## Tuning numbers at half and at double their value: time relative to the default's");
        Console.WriteLine($"| number | value | {string.Join(" | ", problems.Select(problem => $"{problem.Group}, half, double"))} |");
        Time(problems, new ExactTuning());
        foreach (PropertyInfo property in typeof(ExactTuning).GetProperties().Where(one => one.CanWrite && one.PropertyType.IsPrimitive))
        {
            double[] usual = Time(problems, new ExactTuning());
            double[] half = Time(problems, Changed(property, 0.5));
            double[] twice = Time(problems, Changed(property, 2));
            string cells = string.Join(" | ", usual.Select((time, i) => $"{half[i] / time:F2} {twice[i] / time:F2}"));
            Console.WriteLine($"| {property.Name} | {property.GetValue(ExactTuning.Default)} | {cells} |");
        }
    }

    private static double[] Time((string Group, Action<IArchitectureSolver> Solve)[] problems, ExactTuning tuning)
    {
        var solver = new ExactArchitectureSolver { Tuning = tuning };
        return [.. problems.Select(problem => Enumerable.Range(0, Repeats).Min(_ => Measure.Time(() =>
        {
            problem.Solve(solver);
            return 0;
        }).Milliseconds))];
    }

    private static ExactTuning Changed(PropertyInfo property, double factor)
    {
        var tuning = new ExactTuning();
        object value = property.GetValue(tuning)!;
        property.SetValue(tuning, value switch
        {
            int whole => Math.Max(1, (int)(whole * factor)),
            > 1.0 => 1 + (((double)value - 1) * factor), // a growth
            _ => (object)((double)value * factor),
        });
        return tuning;
    }

    private static IEnumerable<(string Group, Action<IArchitectureSolver> Solve)> Problems(SearchProblem? demo)
    {
        SearchProblem[] generated = [.. Generated()];
        yield return ("generated", solver => Array.ForEach(generated, problem => solver.Solve(problem)));
        SearchProblem sweep = SyntheticLibrary.Create(80, 0.01, seed: 1);
        double memory = 0.7 * sweep.TotalsOf(sweep.ParentChoice())[SyntheticLibrary.Memory];
        yield return ("frontier", solver => Frontier(solver, sweep, memory));
        if (demo is null)
            yield break;
        yield return ("published", solver => Array.ForEach(
            Scenarios.Demo, scenario => solver.Solve(demo with { Constraints = scenario.Constraints })));
        yield return (
            "four diverse", solver => _ = solver.SolveDiverse(demo with { Constraints = Scenarios.Demo[2].Constraints }, 4, 16).Count());
    }

    private static IEnumerable<SearchProblem> Generated()
    {
        foreach ((int layers, double noise, int rows) in new[] { (80, 0.0, 2), (80, 0.01, 4), (126, 0.01, 4) })
        {
            SearchProblem problem = SyntheticLibrary.Create(layers, noise, seed: 1);
            yield return problem with
            {
                Constraints = [.. problem.TotalsOf(problem.ParentChoice()).Take(rows)
                    .Select((cost, i) => new ResourceConstraint(cost.Key, cost.Value * (i < 2 ? 0.7 : 0.8)))],
            };
        }
    }

    private static void Frontier(IArchitectureSolver solver, SearchProblem library, double memory)
    {
        double parent = library.TotalsOf(library.ParentChoice())[SyntheticLibrary.Runtime];
        double[] targets = [.. Enumerable.Range(0, 20).Select(i => parent / (1.2 + (3.8 * i / 19)))];
        SearchProblem problem = library with { Constraints = [new(SyntheticLibrary.Memory, memory)] };
        _ = new Frontier(solver).Sweep(problem, new FrontierAxis(SyntheticLibrary.Runtime, targets)).Count();
    }
}
