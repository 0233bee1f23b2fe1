using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Testing;

/// <summary>Small search problems, and their answers by trying every choice.</summary>
public static class TestProblems
{
    private const int Layers = 4;
    private const int Variants = 5;

    /// <summary>Makes a problem of 4 layers with 5 variants, costs <c>runtime</c> and <c>memory</c>, and a bound on one or both, which
    /// about one problem in ten cannot meet. The parent's variant comes first, scores 0 and costs most.</summary>
    /// <param name="seed">The seed.</param>
    public static SearchProblem Random(int seed)
    {
        var random = new Random(seed);
        var layers = Enumerable.Range(0, Layers).Select(_ => (IReadOnlyList<SearchVariant>)
            [.. Enumerable.Range(0, Variants).Select(index => Variant(index, random))]).ToArray();
        var problem = new SearchProblem
        {
            Layers = layers,
            FixedCosts = new Dictionary<CostName, double> { [CostName.Runtime] = 2, [CostName.Memory] = 5 },
        };
        IReadOnlyDictionary<CostName, double> parent = problem.TotalsOf(problem.ParentChoice());
        var runtime = new ResourceConstraint(CostName.Runtime, parent[CostName.Runtime] * (0.15 + (0.7 * random.NextDouble())));
        var memory = new ResourceConstraint(CostName.Memory, parent[CostName.Memory] * (0.2 + (0.7 * random.NextDouble())));
        return problem with { Constraints = random.Next(3) == 0 ? [runtime, memory] : [runtime] };
    }

    /// <summary>Finds the best choice within the bounds by trying all; null if there is none.</summary>
    /// <param name="problem">A small problem without restrictions, to be minimized.</param>
    public static IReadOnlyList<LayerChoice>? Best(SearchProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        IEnumerable<LayerChoice[]> all = [[]];
        foreach ((int layer, IReadOnlyList<SearchVariant> variants) in problem.Layers.Index())
            all = all.SelectMany(chosen => variants.Select(variant => (LayerChoice[])[.. chosen, problem.Choose(layer, variant.Name)]));
        return all.Where(choice => IsWithin(problem, choice)).MinBy(problem.ScoreOf);
    }

    private static bool IsWithin(SearchProblem problem, LayerChoice[] choice)
    {
        IReadOnlyDictionary<CostName, double> totals = problem.TotalsOf(choice);
        return problem.Constraints.All(constraint => constraint.IsMetBy(totals[constraint.Cost]));
    }

    private static SearchVariant Variant(int index, Random random)
    {
        double share = index == 0 ? 1 : random.NextDouble();
        return new SearchVariant(
            index == 0 ? "parent" : $"variant-{index}",
            index == 0 ? 0 : (1 - share) * (0.5 + random.NextDouble()),
            new Dictionary<CostName, double>
            {
                [CostName.Runtime] = 10 * share,
                [CostName.Memory] = index == 0 ? 40 : 40 * share * (0.5 + (0.5 * random.NextDouble())),
            })
        {
            IsParent = index == 0,
        };
    }
}
