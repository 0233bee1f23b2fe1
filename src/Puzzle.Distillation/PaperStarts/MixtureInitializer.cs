using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Distillation.PaperStarts;

/// <summary>Training-free weights of variants of a mixture of experts.</summary>
internal static class MixtureInitializer
{
    private static readonly string[] ByExpert =
    [
        WeightNames.Router, WeightNames.RouterBias, WeightNames.ExpertGate, WeightNames.ExpertUp, WeightNames.ExpertDown,
        WeightNames.ExpertGateBias, WeightNames.ExpertUpBias, WeightNames.ExpertDownBias,
    ];

    /// <summary>Makes the weights of a variant from the parent's mixture; the caller disposes them.</summary>
    /// <param name="parent">The parent's experts.</param>
    /// <param name="weights">The parent subblock's weights.</param>
    /// <param name="contribution">What experts and channels contribute.</param>
    /// <param name="variant">What to make: a mixture that is smaller, or a linear subblock.</param>
    /// <exception cref="ArgumentException">The variant is larger than the parent.</exception>
    public static Dictionary<string, Tensor> Create(
        MixtureFfnConfig parent, IReadOnlyDictionary<string, Tensor> weights, ExpertContribution contribution, FfnConfig variant)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var made = variant switch
        {
            MixtureFfnConfig smaller => Prune(parent, weights, contribution, smaller),
            LinearFfnConfig => Linear(weights, contribution.Shares),
            _ => throw new ArgumentException($"{variant} cannot be made from {parent}.", nameof(variant)),
        };
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }

    // The experts that contribute most stay, in their old order, and of each the channels that do; router rows go with their experts.
    private static Dictionary<string, Tensor> Prune(
        MixtureFfnConfig parent, IReadOnlyDictionary<string, Tensor> weights, ExpertContribution contribution, MixtureFfnConfig smaller)
    {
        if (smaller.Experts > parent.Experts
            || smaller.ActiveExperts > parent.ActiveExperts
            || smaller.IntermediateSize > parent.IntermediateSize)
            throw new ArgumentException($"{parent} cannot be pruned to {smaller}.", nameof(smaller));
        Tensor experts = Best(contribution.Experts, smaller.Experts);
        Tensor channels = Best(contribution.Channels.index_select(0, experts), smaller.IntermediateSize);
        return weights.ToDictionary(weight => weight.Key, weight =>
        {
            if (!ByExpert.Contains(weight.Key))
                return weight.Value.clone();
            Tensor kept = weight.Value.index_select(0, experts.to(weight.Value.device));
            int dimension = DimensionOfChannels(weight.Key);
            return dimension < 0 || smaller.IntermediateSize == parent.IntermediateSize
                ? kept
                : stack(Enumerable.Range(0, smaller.Experts).Select(
                    expert => kept[expert].index_select(dimension, channels[expert].to(kept.device))), 0);
        }, StringComparer.Ordinal);
    }

    // Each expert's down times up, weighted by its share of the text; gates are left out.
    private static Dictionary<string, Tensor> Linear(IReadOnlyDictionary<string, Tensor> weights, Tensor shares)
    {
        var made = weights.Where(weight => weight.Key is WeightNames.FfnNorm or WeightNames.FfnAfterNorm)
            .ToDictionary(weight => weight.Key, weight => weight.Value.clone(), StringComparer.Ordinal);
        Tensor down = weights[WeightNames.ExpertDown], share = shares.to(down.dtype).to(down.device);
        made.Add(WeightNames.LinearFfn, down.matmul(weights[WeightNames.ExpertUp]).mul(share.view(-1, 1, 1)).sum([0L]));
        if (weights.TryGetValue(WeightNames.ExpertUpBias, out Tensor? up))
        {
            Tensor biases = down.matmul(up.unsqueeze(-1)).squeeze(-1).add(weights[WeightNames.ExpertDownBias], Native.Scalars.One);
            made.Add(WeightNames.LinearFfnBias, biases.mul(share.view(-1, 1)).sum([0L]));
        }
        return made;
    }

    private static Tensor Best(Tensor contributions, int count) =>
        contributions.sort(dim: -1, descending: true, stable: true).Indices.narrow(-1, 0, count).sort(dim: -1).Values;

    private static int DimensionOfChannels(string name) => name switch
    {
        WeightNames.ExpertGate or WeightNames.ExpertUp or WeightNames.ExpertGateBias or WeightNames.ExpertUpBias => 0,
        WeightNames.ExpertDown => 1,
        _ => -1,
    };
}
