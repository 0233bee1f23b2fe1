using System.Globalization;
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
        foreach (IReadOnlyList<BlockVariant> layer in candidates)
        {
            if (layer.FirstOrDefault(block => !HasScore(block)) is { } block)
                throw new ArgumentException($"Block {block.Config} of layer {block.Layer} has no score for {objective}.", nameof(scores));
        }
        SearchProblem problem = CreateLibrary(candidates, scores, costs).ToProblem(objective);
        IReadOnlyDictionary<CostName, double> parent = problem.TotalsOf(problem.ParentChoice());
        return problem with { Constraints = target.ToConstraints(costs.Workload, parent) };

        bool HasScore(BlockVariant block) =>
            scores.TryGetValue(block.Id, out BlockScore? score) && objective.Terms.All(term => score.Metrics.ContainsKey(term.Metric.Name));
    }

    /// <summary>Gathers every metric and cost of scored and profiled blocks, for searches with other objectives and targets.</summary>
    /// <param name="candidates">The blocks of each layer, layer 0 first.</param>
    /// <param name="scores">Their scores by block identity.</param>
    /// <param name="costs">The profiled costs.</param>
    /// <exception cref="ArgumentException">A block has no score.</exception>
    public static ScoredLibrary CreateLibrary(
        IReadOnlyList<IReadOnlyList<BlockVariant>> candidates, IReadOnlyDictionary<string, BlockScore> scores, CostTable costs)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(costs);
        Workload workload = costs.Workload;
        return new ScoredLibrary([.. candidates.Select(layer => (IReadOnlyList<ScoredVariant>)[.. layer.Select(Variant)])])
        {
            FixedCosts = costs.NonBlock.ByName(workload),
            Measurement = new Dictionary<string, string>
            {
                ["batch_size"] = workload.BatchSize.ToString(CultureInfo.InvariantCulture),
                ["sequence_length"] = workload.SequenceTokens.ToString(CultureInfo.InvariantCulture),
                ["prompt_length"] = workload.PromptTokens.ToString(CultureInfo.InvariantCulture),
                ["generated_length"] = workload.GeneratedTokens.ToString(CultureInfo.InvariantCulture),
                ["engine"] = costs.Engine,
            },
        };

        ScoredVariant Variant(BlockVariant block)
        {
            if (!scores.TryGetValue(block.Id, out BlockScore? score))
                throw new ArgumentException($"Block {block.Config} of layer {block.Layer} has no score.", nameof(scores));
            return new ScoredVariant(block.Config.Name, score.Metrics, costs[block.Config].ByName(workload))
            {
                IsParent = block.IsParent,
                Block = block.Config,
                Samples = score.Samples ?? new Dictionary<string, IReadOnlyList<double>>(),
            };
        }
    }
}
