using CsCheck;
using Puzzle.Architectures;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class RestrictionTests
{
    private static readonly string[] Ffns = ["100", "50", "25", "noop"];

    public static TheoryData<string> Restrictions() => ["allowed", "protected", "tied", "homogeneous", "distinct", "changed", "forbidden"];

    [Theory]
    [MemberData(nameof(Restrictions))]
    public void Solve_Restricted_AgreesWithBruteForce(string kind)
    {
        var exact = new ExactArchitectureSolver();
        Gen.Int[0, int.MaxValue - 1].Sample(seed => Check(exact, kind, seed), iter: 300, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Restrictions))]
    public void Solve_RestrictedByMip_AgreesWithBruteForce(string kind)
    {
        var mip = new MipArchitectureSolver();
        Gen.Int[0, int.MaxValue - 1].Sample(seed => Check(mip, kind, seed), iter: 10, threads: 1);
    }

    private static void Check(IArchitectureSolver solver, string kind, int seed)
    {
        SearchProblem problem = Problem(new Random(seed));
        (SearchRestriction restriction, Func<LayerChoice[], bool> isAllowed) = Restriction(kind, problem);
        SearchResult result = solver.Solve(problem with { Restrictions = [restriction] });
        var best = RandomProblems.BruteForce(problem, isAllowed);
        Assert.Equal(best is null ? SearchStatus.Infeasible : SearchStatus.Optimal, result.Status);
        if (best is not null)
            Assert.Equal(best.Value.Objective, result.Objective, 1e-9);
    }

    private static SearchProblem Problem(Random random)
    {
        SearchProblem problem = RandomProblems.Create(random, 5, 1, lattice: false, previous: 0);
        return problem with
        {
            Layers = [.. problem.Layers.Select(
                layer => (IReadOnlyList<SearchVariant>)[.. layer.Take(4).Select((variant, index) => variant with
            {
                Block = new BlockConfig(new NoOpAttentionConfig(), FfnConfig.Parse(Ffns[index])),
            })])],
            Constraints = [],
        } is var plain
            ? plain with { Constraints = [new ResourceConstraint(
                new("cost_0"), plain.TotalsOf(plain.ParentChoice())[new("cost_0")] * (0.6 + (0.5 * random.NextDouble())))] }
            : problem;
    }

    private static (SearchRestriction Restriction, Func<LayerChoice[], bool> IsAllowed) Restriction(string kind, SearchProblem problem)
    {
        LayerChoice last = problem.Choose(4, problem.Layers[4][^1].Name);
        return kind switch
        {
            "allowed" => (AllowedVariants.Named("v0", "v2"), choice => choice.All(c => c.VariantName is "v0" or "v2")),
            "protected" =>
                (new ProtectedLayers(1, 2), choice => choice[0].VariantIndex == 0 && choice[3].VariantIndex == 0
                    && choice[4].VariantIndex == 0),
            "tied" =>
                (new TiedLayers(1, 3), choice => choice[1].VariantName == choice[2].VariantName
                    && choice[2].VariantName == choice[3].VariantName),
            "homogeneous" => (TiedLayers.All(5), choice => choice.Select(c => c.VariantName).Distinct().Count() == 1),
            "distinct" => (new MaximumDistinctFfns(2), choice => choice.Select(c => c.VariantIndex).Distinct().Count() <= 2),
            "changed" => (new MaximumChangedLayers(2), choice => choice.Count(c => c.VariantIndex != 0) <= 2),
            "forbidden" =>
                (new ForbiddenCombination([problem.Choose(0, "v0"), last]), choice => choice[0].VariantIndex != 0 || choice[4] != last),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
