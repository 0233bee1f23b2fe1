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

    // Heads that are merged are averaged (mean-pooled) in the K and V projections, their biases and norms; all else stays.
    private static Dictionary<string, Tensor> Reduce(
        ModelConfig model, GroupedQueryAttentionConfig parent, IReadOnlyDictionary<string, Tensor> weights, int heads)
    {
        if (heads > parent.KeyValueHeads || parent.KeyValueHeads % heads != 0)
            throw new ArgumentException($"{heads} key-value heads cannot be pooled from {parent.KeyValueHeads}.");
        return weights.ToDictionary(
            weight => weight.Key, weight => IsOfHeads(weight.Key) ? Pool(weight.Value) : weight.Value.clone(), StringComparer.Ordinal);

        bool IsOfHeads(string name) => name is WeightNames.Key or WeightNames.Value or WeightNames.KeyBias or WeightNames.ValueBias
            || (name == WeightNames.KeyNorm && model.Attention.QueryKeyNorm is QueryKeyNorm.FullWidth);

        Tensor Pool(Tensor rows) => rows
            .reshape(heads, parent.KeyValueHeads / heads, model.HeadSize, -1)
            .mean([1L])
            .reshape([(long)heads * model.HeadSize, .. rows.shape.Skip(1)]);
    }

    // Each token attends only to itself: O times V, with V repeated for every query head of its group; with biases, O times V's and O's
    // own.
    private static Dictionary<string, Tensor> Linear(
        ModelConfig model, GroupedQueryAttentionConfig parent, IReadOnlyDictionary<string, Tensor> weights)
    {
        int group = model.AttentionHeads / parent.KeyValueHeads;
        Tensor output = weights[WeightNames.Output];
        var made = weights.Where(weight => weight.Key is WeightNames.AttentionNorm or WeightNames.AttentionAfterNorm)
            .ToDictionary(weight => weight.Key, weight => weight.Value.clone(), StringComparer.Ordinal);
        made.Add(WeightNames.LinearAttention, output.matmul(Repeat(weights[WeightNames.Value])));
        if (!model.Attention.HasLinearBias)
            return made;
        Tensor bias = weights.TryGetValue(WeightNames.OutputBias, out Tensor? own)
            ? own.clone()
            : zeros(model.HiddenSize, output.dtype, output.device);
        if (weights.TryGetValue(WeightNames.ValueBias, out Tensor? values))
            bias = bias.add(output.matmul(Repeat(values).squeeze(-1)), Native.Scalars.One);
        made.Add(WeightNames.LinearAttentionBias, bias);
        return made;

        Tensor Repeat(Tensor rows) => rows
            .reshape(parent.KeyValueHeads, 1, model.HeadSize, -1)
            .expand(parent.KeyValueHeads, group, model.HeadSize, -1)
            .reshape((long)model.AttentionHeads * model.HeadSize, -1);
    }
}
