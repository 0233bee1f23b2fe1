using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Pipeline;

/// <summary>What the measured times of a child and its parent depend on: shapes, not values.</summary>
internal static class SpeedCheckRecipe
{
    // 2: named fields.
    private const int Version = 2;

    /// <summary>Gives the recipe. Costs that were profiled anew, or in another way, ask for a new check.</summary>
    /// <param name="request">The parent and the workload.</param>
    /// <param name="architecture">The child's.</param>
    /// <param name="costs">The profiled costs.</param>
    /// <param name="measured">The architecture that is measured: that of the child with its fused FFNs; the same if null.</param>
    public static Recipe Of(PuzzleRequest request, Architecture architecture, CostTable costs, Architecture? measured = null)
    {
        (BlockCost child, BlockCost parent) = (costs.Total(architecture), costs.Total(request.Parent.Model.Config.Architecture));
        Workload workload = request.Workload;
        return new Recipe("speed check", Version)
            .With("Parent", request.Parent.Fingerprint)
            .With("Architecture", (measured ?? architecture).Select(block => block.Name))
            .With("Engine", costs.Engine)
            .With("PredictedPrefill", child.PrefillMilliseconds)
            .With("PredictedDecode", child.DecodeMilliseconds)
            .With("ParentPrefill", parent.PrefillMilliseconds)
            .With("ParentDecode", parent.DecodeMilliseconds)
            .With("Batch", workload.BatchSize)
            .With("PromptTokens", workload.PromptTokens)
            .With("GeneratedTokens", workload.GeneratedTokens)
            .With("WeightType", workload.WeightType)
            .With("ActivationType", workload.ActivationType)
            .With("KeyValueType", workload.KeyValueType);
    }
}
