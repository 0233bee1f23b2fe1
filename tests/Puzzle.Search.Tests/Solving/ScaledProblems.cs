using CsCheck;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Tests.Solving;

/// <summary>Small random problems whose scores and costs are of any size, and the check of an answer against all choices.</summary>
internal static class ScaledProblems
{
    // Set by hand: the number of problems for each solver, and the only solver to try.
    private const string CountVariable = "PUZZLE_SOLVER_PROBLEMS";
    private const string SolverVariable = "PUZZLE_SOLVER";

    /// <summary>
    /// Scores and costs at scales from 1e-12 to 1e12; ties, negative and zero scores, zero costs, bounds from both sides.
    /// </summary>
    public static readonly Gen<SearchProblem> Problems =
        from seed in Gen.Int[0, int.MaxValue - 1]
        from scoreScale in Gen.Int[-12, 12]
        from costScale in Gen.Int[-12, 12]
        from offset in Gen.Int[0, 5]
        select Create(new Random(seed), Math.Pow(10, scoreScale), Math.Pow(10, costScale), offset == 0 ? Math.Pow(10, scoreScale + 3) : 0);

    public static int Count(string solver, int usual)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out int asked))
            return usual;
        return Environment.GetEnvironmentVariable(SolverVariable) is { Length: > 0 } only && only != solver ? 1 : asked;
    }

    /// <summary>Checks that an answer is the best one, and proven, give or take a trillionth of how far scores differ.</summary>
    public static void CheckAgainstAll(SearchProblem problem, SearchResult result)
    {
        (double Objective, LayerChoice[] Choice)? best = RandomProblems.BruteForce(problem);
        Assert.Equal(best is null ? SearchStatus.Infeasible : SearchStatus.Optimal, result.Status);
        if (best is null)
            return;
        double spread = problem.Layers.Sum(layer => layer.Max(variant => variant.Score) - layer.Min(variant => variant.Score));
        double size = problem.Layers.Sum(layer => layer.Max(variant => Math.Abs(variant.Score)));
        Assert.InRange(Math.Abs(result.Objective - best.Value.Objective), 0, (1e-12 * spread) + (1e-15 * size));
        Assert.Equal(result.Objective, result.Bound);
        Assert.Equal(problem.ScoreOf(result.Choice), result.Objective);
    }

    private static SearchProblem Create(Random random, double scoreScale, double costScale, double offset)
    {
        SearchProblem problem = RandomProblems.Create(
            random, random.Next(1, 6), random.Next(0, 4), lattice: random.Next(2) == 0, previous: random.Next(0, 2));
        bool hasZeros = random.Next(2) == 0;
        return problem with
        {
            Layers = [.. problem.Layers.Select(layer => (IReadOnlyList<SearchVariant>)[.. layer.Select(variant => variant with
            {
                Score = (hasZeros && random.Next(4) == 0 ? 0 : variant.Score * scoreScale) + offset,
                Costs = Scaled(variant.Costs, hasZeros && random.Next(4) == 0 ? 0 : costScale),
            })])],
            FixedCosts = Scaled(problem.FixedCosts, costScale),
            Constraints = [.. problem.Constraints.Select(bound => bound with
            {
                Maximum = bound.Maximum * costScale,
                Minimum = bound.Minimum * costScale,
            })],
        };
    }

    private static Dictionary<CostName, double> Scaled(IReadOnlyDictionary<CostName, double> costs, double scale)
        => costs.ToDictionary(cost => cost.Key, cost => cost.Value * scale);
}
