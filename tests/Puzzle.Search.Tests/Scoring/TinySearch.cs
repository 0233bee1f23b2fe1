using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Scoring;

/// <summary>A search problem over the tiny model's candidates, with their parameters as costs.</summary>
internal static class TinySearch
{
    public static CostTable Costs(CausalLanguageModel parent, IReadOnlyList<BlockVariant> candidates) =>
        MemoryModel.Table(new ProfilingRequest(
        parent.Config,
        [.. candidates.Select(candidate => candidate.Config.Attention).Distinct()],
        [.. candidates.Select(candidate => candidate.Config.Ffn).Distinct()],
        new Workload(1, 8, 8)));

    /// <summary>Bounds the parameters to a share of the parent's.</summary>
    public static SearchProblem Problem(
        CausalLanguageModel parent, IReadOnlyList<IReadOnlyList<BlockVariant>> layers, IReadOnlyDictionary<string, BlockScore> scores,
            double share)
    {
        SearchProblem problem = SearchProblemFactory.Create(
            layers, scores, ScoreObjective.ForMetric(ScoreMetric.KlDivergence), Costs(parent, [.. layers.SelectMany(layer => layer)]),
                new DeploymentTarget());
        return problem with
        {
            // The quieter copy of a subblock has its name.
            Layers = [.. problem.Layers.Select(variants => (IReadOnlyList<SearchVariant>)[.. variants.Select(
                (variant, index) => variant with { Name = $"{index} {variant.Name}" })])],
            Constraints = [
                new ResourceConstraint(CostName.Parameters, share * problem.TotalsOf(problem.ParentChoice())[CostName.Parameters])],
        };
    }

    public static IReadOnlyList<IReadOnlyList<BlockVariant>> Layers(IReadOnlyList<BlockVariant> candidates) =>
        [.. candidates.GroupBy(candidate => candidate.Layer).OrderBy(layer => layer.Key).Select(layer => layer.ToArray())];
}
