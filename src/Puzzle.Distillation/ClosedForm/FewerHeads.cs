using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>Attention of fewer key-value heads: heads that cost least together become one, O is fitted again, and scales are
/// balanced.</summary>
internal sealed class FewerHeads : IDisposable
{
    private readonly ModelConfig _model;
    private readonly Subblock _parent;
    private readonly HeadStatistics _statistics;
    private readonly double[,] _costs;

    /// <param name="model">The parent's shape.</param>
    /// <param name="parent">The parent's attention.</param>
    /// <param name="moments">The second moments of its normed input; identity where there is no text.</param>
    public FewerHeads(ModelConfig model, Subblock parent, SecondMoments moments)
    {
        using var noGradients = no_grad();
        (_model, _parent) = (model, parent);
        _statistics = new HeadStatistics(HeadWeights.Split(model, parent.Weights), moments.Gram.clone());
        _costs = SharingCosts.Of(_statistics);
    }

    /// <summary>Makes weights without text of their own; the caller disposes them.</summary>
    /// <param name="heads">The number of key-value heads, a divisor of the parent's.</param>
    public Dictionary<string, Tensor> Create(int heads)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        int[][] groups = HeadGroups.Choose(_costs, heads);
        return Balanced(SharedHeads.Merge(_statistics, groups, alignKeys: true), groups);
    }

    /// <summary>Makes weights whose O is fitted on text; the caller disposes them.</summary>
    /// <param name="variant">The attention: of its key-value heads, a divisor of the parent's, and its own window.</param>
    /// <param name="inputs">The residual stream before the layer, a batch at a time.</param>
    /// <param name="rotary">The rotary table of the text's positions.</param>
    /// <param name="batches">The number of batches.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public Dictionary<string, Tensor> Create(
        GroupedQueryAttentionConfig variant, IReadOnlyList<Tensor> inputs, RotaryTable rotary, int batches,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        int[][] groups = HeadGroups.Choose(_costs, variant.KeyValueHeads);
        AttentionMatrices merged = SharedHeads.Merge(_statistics, groups, alignKeys: true);
        Dictionary<string, Tensor> weights = HeadWeights.Join(merged, _parent.Weights);
        using Subblock child = TransformerBlock.CreateAttention(_model, variant, name => weights[name].alias());
        Tensor target = _parent.Weights[WeightNames.Output].detach().t();
        using SecondMoments moments = SecondMoments.Measure(
            batches, batch =>
                (child.Features(inputs[batch], rotary), _parent.Features(inputs[batch], rotary).matmul(target)), cancellationToken);
        Tensor start = HeadWeights.Output(merged.Output).t();
        Tensor output = moments.IsFinite
            ? Ridge.Solve(moments.Gram, moments.Cross!, start, moments.Tokens, cancellationToken)
            : start;
        // [N * H, D] to [N, D, H].
        return Balanced(merged with { Output = output.view(-1, merged.HeadSize, output.size(1)).transpose(1, 2) }, groups);
    }

    public void Dispose() => _statistics.Dispose();

    private Dictionary<string, Tensor> Balanced(AttentionMatrices merged, int[][] groups)
    {
        Dictionary<string, Tensor> weights = HeadWeights.Join(HeadBalance.Balance(merged, _statistics.Heads, groups), _parent.Weights);
        foreach (Tensor weight in weights.Values)
            weight.MoveToOuterDisposeScope();
        return weights;
    }
}
