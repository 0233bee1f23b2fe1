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
    /// <param name="objective">The metric to sum, or a weighted sum of metrics.</param>
    /// <param name="costs">The profiled costs.</param>
    /// <param name="target">What the child must achieve.</param>
    /// <exception cref="ArgumentException">A block has no score for a metric of the objective.</exception>
    /// <exception cref="InvalidOperationException">A layer has no parent's block.</exception>
    public static SearchProblem Create(
        IReadOnlyList<IReadOnlyList<BlockVariant>> candidates, IReadOnlyDictionary<string, BlockScore> scores,
        ScoreObjective objective, CostTable costs, DeploymentTarget target)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(costs);
        ArgumentNullException.ThrowIfNull(target);
        var problem = new SearchProblem
        {
            Direction = objective.Direction,
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

        double Score(BlockVariant block) => scores.TryGetValue(block.Id, out BlockScore? score) && objective.Terms.All(term => score.Metrics.ContainsKey(term.Metric.Name))
            ? objective.Of(score.Metrics)
            : throw new ArgumentException($"Block {block.Config} of layer {block.Layer} has no score for {objective}.", nameof(scores));
    }
}
