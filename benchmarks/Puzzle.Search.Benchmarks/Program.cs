using Puzzle.Benchmarks;
using Puzzle.Search;
using Puzzle.Search.Solving;

static double Time(Func<SearchResult> solve, out SearchResult result)
{
    var start = Environment.CpuUsage.TotalTime;
    result = solve();
    return (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
}

var demo = Puzzle.Search.Interchange.BlockLibraryFile.Read(args[0]).ToProblem("kl_div");
var mem = SyntheticLibrary.Memory; var run = SyntheticLibrary.Runtime;
ResourceConstraint[][] scenarios = [[new(mem, 80000), new(run, 51200)], [new(mem, 40000)], [new(mem, 97723.4375), new(run, 55554.119192382816)]];
var exact = new ExactArchitectureSolver();
for (int repeat = 0; repeat < 3; repeat++)
foreach (int layers in new[] { 80, 126 })
foreach (double noise in new[] { 0, 0.01 })
foreach (int rows in new[] { 1, 2, 4 })
{
    SearchProblem problem = SyntheticLibrary.Create(layers, noise, 1);
    var parent = problem.TotalsOf(problem.ParentChoice());
    ResourceConstraint[] all = [.. parent.Select((cost, i) => new ResourceConstraint(cost.Key, cost.Value * (i < 2 ? 0.7 : 0.8)))];
    double ms = Time(() => exact.Solve(problem with { Constraints = all[..rows] }), out SearchResult result);
    if (repeat == 2)
        Console.WriteLine($"{layers}x54 noise {noise} rows {rows}: {ms:F1} ms {result.Status} {result.Objective:R} prices {string.Join(",", result.Constraints.Select(c => c.ShadowPrice))}");
}

for (int repeat = 0; repeat < 5; repeat++)
foreach (var scenario in scenarios)
{
    double ms = Time(() => exact.Solve(demo with { Constraints = scenario }), out SearchResult result);
    if (repeat == 4) Console.WriteLine($"demo: {ms:F2} ms {result.Status} {result.Objective:R}");
}
foreach (var scenario in scenarios)
{
    var previous = new List<IReadOnlyList<LayerChoice>>();
    for (int k = 0; k < 6; k++)
    {
        double ms = Time(() => exact.Solve(demo with { Constraints = scenario, PreviousArchitectures = [.. previous], MinimumDistance = 16 }), out SearchResult result);
        Console.WriteLine($"diverse {k}: {ms:F2} ms {result.Status} {result.Objective:R} gap {result.Gap:E2}");
        if (!result.HasAnswer) break;
        previous.Add(result.Choice);
    }
}
