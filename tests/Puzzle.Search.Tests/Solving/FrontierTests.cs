using System.Text.Json;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class FrontierTests
{
    private static readonly ExactArchitectureSolver Solver = new();
    private static readonly CostName[] Costs = [new("cost_0"), new("cost_1")];

    [Fact]
    public void Sweep_TwoCosts_EqualsSolvingEachPoint()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            SearchProblem problem = RandomProblems.Create(
                new Random(seed), 5, 2, lattice: seed % 2 == 0, previous: 0) with { Constraints = [] };
            FrontierPoint[] points = [.. new Frontier(Solver).Sweep(
                problem, FrontierAxis.Between(Costs[0], 10, 100, 5), FrontierAxis.Between(Costs[1], 100, 10, 5),
                    TestContext.Current.CancellationToken)];
            Assert.Equal(25, points.Length);
            foreach (FrontierPoint point in points)
            {
                SearchResult alone = Solver.Solve(
                    problem with { Constraints = [
                        new ResourceConstraint(Costs[0], point.Maxima[0]), new ResourceConstraint(Costs[1], point.Maxima[1])] },
                    TestContext.Current.CancellationToken);
                Assert.Equal(alone.Status, point.Result.Status);
                Assert.Equal(alone.Objective, point.Result.Objective);
                Assert.Equal(alone.Choice, point.Result.Choice);
            }
            Assert.Contains(points, point => point.IsRedundant || point.Result.Status == SearchStatus.Infeasible);
        }
    }

    [Fact]
    public void Write_Points_OneRowEach()
    {
        SearchProblem problem = RandomProblems.Create(new Random(3), 5, 1, lattice: false, previous: 0) with { Constraints = [] };
        FrontierPoint[] points = [.. new Frontier(Solver)
            .Sweep(problem, FrontierAxis.Between(Costs[0], 0, 120, 7), cancellationToken: TestContext.Current.CancellationToken)];

        var csv = new StringWriter();
        FrontierWriter.WriteCsv(csv, [Costs[0]], points);
        string[] lines = csv.ToString().Trim().Split('\n');
        Assert.StartsWith("max_cost_0,status,redundant,objective,bound,gap,solver,seconds,cost_0", lines[0], StringComparison.Ordinal);
        Assert.Equal(8, lines.Length);
        Assert.Contains("infeasible", lines[^1], StringComparison.Ordinal);

        using var stream = new MemoryStream();
        FrontierWriter.WriteJson(stream, [Costs[0]], points);
        using JsonDocument json = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(7, json.RootElement.GetProperty("solutions").GetArrayLength());
        Assert.Equal(points[0].Result.Objective, json.RootElement.GetProperty("solutions")[0].GetProperty("objective").GetDouble());
    }

    [Fact]
    public void WriteJson_NoMaximum_IsNull()
    {
        FrontierPoint[] points = [.. new Frontier(Solver).Sweep(
            RandomProblems.Create(new Random(1), 2, 1, lattice: false, previous: 0),
            new FrontierAxis(Costs[0], [double.PositiveInfinity, 1]), cancellationToken: TestContext.Current.CancellationToken)];

        using var stream = new MemoryStream();
        FrontierWriter.WriteJson(stream, [Costs[0]], points);

        using JsonDocument json = JsonDocument.Parse(stream.ToArray());
        JsonElement maxima = json.RootElement.GetProperty("solutions")[0].GetProperty("maxima");
        Assert.Equal(JsonValueKind.Null, maxima[0].ValueKind);
    }

    [Fact]
    public void Throughput_TokensPerSecond_BecomesRuntime()
        => Assert.Equal([51_200.0], FrontierAxis.Throughput(new Workload(256, 1000, 200), [6000]).Maxima);
}
