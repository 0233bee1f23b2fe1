using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Planning;

/// <summary>What a space can reach by its costs alone.</summary>
internal sealed class Reach(IArchitectureSolver solver, ModelConfig model, CostTable costs)
{
    public (PlannedArchitecture Cheapest, PlannedArchitecture? Best, string? Infeasibility) Of(
        SearchSpace space, DeploymentTarget target, CancellationToken cancellationToken)
    {
        SearchProblem problem = Problem(space);
        IReadOnlyDictionary<CostName, double> parent = problem.TotalsOf(problem.ParentChoice());
        SearchResult cheapest = solver.Solve(problem.Optimizing(CostName.Runtime, ObjectiveDirection.Minimize), cancellationToken);
        SearchResult best = solver.Solve(problem with { Constraints = target.ToConstraints(costs.Workload, parent) }, cancellationToken);
        return (
            End(cheapest), best.HasAnswer ? End(best) : null,
            best.HasAnswer ? null : best.Infeasibility?.Explanation ?? $"The search ended {best.Status}.");

        PlannedArchitecture End(SearchResult result)
        {
            IReadOnlyDictionary<CostName, double> totals = problem.TotalsOf(result.Choice);
            double own = Blocks(parent), kept = Blocks(totals);
            return new PlannedArchitecture(
                result.ToArchitecture(problem), parent[CostName.Runtime] / totals[CostName.Runtime],
                totals[CostName.Memory] / parent[CostName.Memory], own > 0
                    ? kept / own
                    : 1);
        }

        double Blocks(IReadOnlyDictionary<CostName, double> totals) => totals[CostName.Parameters] - costs.NonBlock.ParameterCount;
    }

    /// <summary>The problem of keeping the most parameters: a layer's score is the share of the parent's blocks that it gives up.</summary>
    private SearchProblem Problem(SearchSpace space)
    {
        double all = space.Parent.Sum(block => ParameterCounter.Block(model, block));
        return new SearchProblem
        {
            FixedCosts = costs.NonBlock.ByName(costs.Workload),
            Layers = [.. Enumerable.Range(0, space.Layers)
                .Select(layer => (IReadOnlyList<SearchVariant>)[.. space.Blocks(layer).Select(block =>
                new SearchVariant(
                    block.Name, (ParameterCounter.Block(model, space.Parent[layer]) - ParameterCounter.Block(model, block)) / all,
                    costs[block].ByName(costs.Workload))
                {
                    IsParent = block == space.Parent[layer],
                    Block = block,
                })])],
        };
    }
}
