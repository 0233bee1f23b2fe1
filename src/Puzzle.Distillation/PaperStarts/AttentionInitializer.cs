using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Distillation.PaperStarts;

/// <summary>Training-free weights of attention variants (paper appendix A).</summary>
internal static class AttentionInitializer
{
    /// <summary>Makes the weights of a variant from the parent's attention; the caller disposes them.</summary>
    /// <param name="model">The parent's shape.</param>
    /// <param name="parent">The parent's key-value heads.</param>
    /// <param name="weights">The parent subblock's weights.</param>
    /// <param name="variant">What to make.</param>
    /// <exception cref="ArgumentException">The variant is not a reduction of the parent.</exception>
    public static Dictionary<string, Tensor> Create(
        ModelConfig model, GroupedQueryAttentionConfig parent, IReadOnlyDictionary<string, Tensor> weights, AttentionConfig variant)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var made = variant switch
        {
            GroupedQueryAttentionConfig reduced => Reduce(model, parent, weights, reduced.KeyValueHeads),
            LinearAttentionConfig => Linear(model, parent, weights),
            _ => [],
        };
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }

    // Heads that are merged are averaged (mean-pooled) in the K and V projections; Q and O stay.
    private static Dictionary<string, Tensor> Reduce(
        ModelConfig model, GroupedQueryAttentionConfig parent, IReadOnlyDictionary<string, Tensor> weights, int heads)
    {
        if (heads > parent.KeyValueHeads || parent.KeyValueHeads % heads != 0)
            throw new ArgumentException($"{heads} key-value heads cannot be pooled from {parent.KeyValueHeads}.");
        return new(StringComparer.Ordinal)
        {
            [WeightNames.AttentionNorm] = weights[WeightNames.AttentionNorm].clone(),
            [WeightNames.Query] = weights[WeightNames.Query].clone(),
            [WeightNames.Key] = Pool(weights[WeightNames.Key]),
            [WeightNames.Value] = Pool(weights[WeightNames.Value]),
            [WeightNames.Output] = weights[WeightNames.Output].clone(),
        };

        Tensor Pool(Tensor projection) => projection
            .view(heads, parent.KeyValueHeads / heads, model.HeadSize, model.HiddenSize)
            .mean([1L])
            .reshape((long)heads * model.HeadSize, model.HiddenSize);
    }

    // Each token attends only to itself: O times V, with V repeated for every query head of its group.
    private static Dictionary<string, Tensor> Linear(
        ModelConfig model, GroupedQueryAttentionConfig parent, IReadOnlyDictionary<string, Tensor> weights)
    {
        int group = model.AttentionHeads / parent.KeyValueHeads;
        Tensor values = weights[WeightNames.Value]
            .view(parent.KeyValueHeads, 1, model.HeadSize, model.HiddenSize)
            .expand(parent.KeyValueHeads, group, model.HeadSize, model.HiddenSize)
            .reshape((long)model.AttentionHeads * model.HeadSize, model.HiddenSize);
        return new(StringComparer.Ordinal)
        {
            [WeightNames.AttentionNorm] = weights[WeightNames.AttentionNorm].clone(),
            [WeightNames.LinearAttention] = weights[WeightNames.Output].matmul(values),
        };
    }
}
