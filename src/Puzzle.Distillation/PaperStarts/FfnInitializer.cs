using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Distillation.PaperStarts;

/// <summary>Training-free weights of FFN variants (paper appendix A).</summary>
internal static class FfnInitializer
{
    /// <summary>Makes the weights of a variant from the parent's FFN; the caller disposes them.</summary>
    /// <param name="weights">The parent subblock's weights.</param>
    /// <param name="contribution">Each channel's contribution, [F]; see <see cref="ChannelContribution"/>. Only a narrower FFN needs
    /// it.</param>
    /// <param name="variant">What to make.</param>
    public static Dictionary<string, Tensor> Create(
        IReadOnlyDictionary<string, Tensor> weights, Tensor? contribution, FfnConfig variant)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var made = variant switch
        {
            GatedFfnConfig narrower =>
                Prune(weights, contribution ?? throw new ArgumentNullException(nameof(contribution)), narrower.IntermediateSize),
            LinearFfnConfig => Linear(weights),
            _ => [],
        };
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }

    // The channels that contribute most stay, in their old order; the same channel leaves up, gate and down.
    private static Dictionary<string, Tensor> Prune(IReadOnlyDictionary<string, Tensor> weights, Tensor contribution, int width)
    {
        if (width > contribution.numel())
            throw new ArgumentException($"An FFN of width {contribution.numel()} cannot be pruned to {width}.");
        Tensor ranked = contribution.sort(dim: 0, descending: true, stable: true).Indices;
        Tensor kept = ranked.narrow(0, 0, width).sort().Values;
        return weights.ToDictionary(weight => weight.Key, weight => weight.Key switch
        {
            WeightNames.Gate or WeightNames.Up or WeightNames.GateBias or WeightNames.UpBias => weight.Value.index_select(0, kept),
            WeightNames.Down => weight.Value.index_select(1, kept),
            _ => weight.Value.clone(),
        }, StringComparer.Ordinal);
    }

    // Down times up; the gate is left out. With biases, down times up's and down's own.
    private static Dictionary<string, Tensor> Linear(IReadOnlyDictionary<string, Tensor> weights)
    {
        var made = weights.Where(weight => weight.Key is WeightNames.FfnNorm or WeightNames.FfnAfterNorm)
            .ToDictionary(weight => weight.Key, weight => weight.Value.clone(), StringComparer.Ordinal);
        Tensor down = weights[WeightNames.Down];
        made.Add(WeightNames.LinearFfn, down.matmul(weights[WeightNames.Up]));
        if (weights.TryGetValue(WeightNames.UpBias, out Tensor? up))
            made.Add(WeightNames.LinearFfnBias, down.matmul(up).add(weights[WeightNames.DownBias], Native.Scalars.One));
        return made;
    }
}
