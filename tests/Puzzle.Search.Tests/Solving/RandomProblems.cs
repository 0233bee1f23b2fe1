using CsCheck;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Tests.Solving;

/// <summary>Small random problems and their answers by brute force.</summary>
internal static class RandomProblems
{
    /// <summary>
    /// Up to 5 layers of up to 5 variants, up to 3 costs with bounds on either side, earlier architectures; scores may be negative and
    /// tie.
    /// </summary>
    public static readonly Gen<SearchProblem> Problems =
        from seed in Gen.Int[0, int.MaxValue - 1]
        from layers in Gen.Int[1, 5]
        from costs in Gen.Int[0, 3]
        from lattice in Gen.Bool
        from previous in Gen.Int[0, 3]
        select Create(new Random(seed), layers, costs, lattice, Math.Max(0, previous - 1));

    public static SearchProblem Create(Random random, int layers, int costs, bool lattice, int previous)
    {
        CostName[] names = [.. Enumerable.Range(0, costs).Select(cost => new CostName($"cost_{cost}"))];
        double Number(double scale) => lattice ? random.Next(0, 8) * scale : random.NextDouble() * 8 * scale;
        var variants = new IReadOnlyList<SearchVariant>[layers];
        for (int layer = 0; layer < layers; layer++)
        {
            variants[layer] = [.. Enumerable.Range(0, random.Next(1, 6)).Select(index => new SearchVariant(
                $"v{index}",
                Number(0.25) - (random.Next(4) == 0 ? 1 : 0),
                names.ToDictionary(name => name, _ => Number(3))) { IsParent = index == 0 })];
        }
        var problem = new SearchProblem
        {
            Layers = variants,
            Direction = random.Next(3) == 0 ? ObjectiveDirection.Maximize : ObjectiveDirection.Minimize,
            FixedCosts = names.Where(_ => random.Next(3) == 0).ToDictionary(name => name, _ => Number(2)),
        };
        LayerChoice[] Any() => [.. variants.Select((layer, i) => problem.Choose(i, layer[random.Next(layer.Count)].Name))];
        return problem with
        {
            Constraints = [.. names.Select(name =>
            {
                double total = problem.TotalsOf(Any())[name];
                double other = problem.TotalsOf(Any())[name];
                return random.Next(5) switch
                {
                    0 => new ResourceConstraint(name, Minimum: total),
                    1 => new ResourceConstraint(name, Math.Max(total, other), Math.Min(total, other)),
                    2 => new ResourceConstraint(name, total * 0.7),
                    _ => new ResourceConstraint(name, total),
                };
            })],
            PreviousArchitectures = [.. Enumerable.Range(0, previous).Select(_ => Any())],
            MinimumDistance = random.Next(0, layers + 1),
        };
    }

    /// <summary>The best choice by trying all, null when none is valid. Independent of the solvers' own checks.</summary>
    public static (double Objective, LayerChoice[] Choice)? BruteForce(SearchProblem problem, Func<LayerChoice[], bool>? isAllowed = null)
    {
        (double Objective, LayerChoice[] Choice)? best = null;
        var index = new int[problem.Layers.Count];
        while (true)
        {
            LayerChoice[] choice = [.. index.Select(
                (variant, layer) => new LayerChoice(layer, variant, problem.Layers[layer][variant].Name))];
            double objective = choice.Sum(c => problem.Layers[c.Layer][c.VariantIndex].Score);
            bool better = best is null
                || (problem.Direction == ObjectiveDirection.Minimize ? objective < best.Value.Objective : objective > best.Value.Objective);
            if (better && IsFeasible(problem, choice) && (isAllowed?.Invoke(choice) ?? true))
                best = (objective, choice);
            int layer = 0;
            while (layer < index.Length && ++index[layer] == problem.Layers[layer].Count)
                index[layer++] = 0;
            if (layer == index.Length)
                return best;
        }
    }

    private static bool IsFeasible(SearchProblem problem, LayerChoice[] choice)
        => problem.Constraints.All(constraint =>
        {
            double total = problem.FixedCosts.GetValueOrDefault(constraint.Cost);
            foreach (LayerChoice c in choice)
                total += problem.Layers[c.Layer][c.VariantIndex].Costs[constraint.Cost];
            return total <= constraint.Maximum * (1 + 1e-9) && total >= constraint.Minimum * (1 - 1e-9);
        })
        && problem.PreviousArchitectures.All(previous =>
            choice.Zip(previous).Count(pair => pair.First.VariantIndex != pair.Second.VariantIndex) >= problem.MinimumDistance);
}
