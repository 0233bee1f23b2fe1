using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>Turns scored and profiled blocks into a search problem.</summary>
public static class SearchProblemFactory
{
    /// <summary>Creates the problem of choosing one block per layer for a target.</summary>
    /// <param name="candidates">The blocks of each layer, layer 0 first; one of each layer is the parent's own.</param>
    /// <param name="scores">Their scores by block identity.</param>
    /// <param name="objective">The metric to sum.</param>
    /// <param name="costs">The profiled costs.</param>
    /// <param name="target">What the child must achieve.</param>
    /// <exception cref="ArgumentException">A block has no score for the metric.</exception>
    /// <exception cref="InvalidOperationException">A layer has no parent's block.</exception>
    public static SearchProblem Create(
        IReadOnlyList<IReadOnlyList<BlockVariant>> candidates, IReadOnlyDictionary<string, BlockScore> scores,
        ScoreMetric objective, CostTable costs, DeploymentTarget target)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(costs);
        ArgumentNullException.ThrowIfNull(target);
        var problem = new SearchProblem
        {
            Direction = objective.HigherIsBetter ? ObjectiveDirection.Maximize : ObjectiveDirection.Minimize,
            FixedCosts = costs.NonBlock.ByName(costs.Workload),
            Layers = [.. candidates.Select(layer => (IReadOnlyList<SearchVariant>)[.. layer.Select(Variant)])],
        };
        IReadOnlyDictionary<CostName, double> parent = problem.TotalsOf(problem.ParentChoice());
        return problem with { Constraints = target.ToConstraints(costs.Workload, parent) };

        SearchVariant Variant(BlockVariant block) => new(block.Config.Name, Score(block), costs[block.Config].ByName(costs.Workload))
        {
            IsParent = block.IsParent,
            Block = block.Config,
        };

        double Score(BlockVariant block) => scores.TryGetValue(block.Id, out BlockScore? score) && score.Metrics.TryGetValue(objective.Name, out double value)
            ? value
            : throw new ArgumentException($"Block {block.Config} of layer {block.Layer} has no score for {objective.Name}.", nameof(scores));
    }
}
