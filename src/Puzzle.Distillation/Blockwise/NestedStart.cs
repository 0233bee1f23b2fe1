using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>What nested FFNs start from: the parent's channels in the order in which narrower ones give them up.</summary>
internal static class NestedStart
{
    /// <summary>Makes the weights from channels in order; the caller disposes them.</summary>
    /// <param name="parent">The parent's FFN.</param>
    /// <param name="order">Its channels, [F]: the first of them are each width's.</param>
    /// <param name="widths">The widths, the widest first.</param>
    /// <param name="down">Gives a width's down projection, [D, width], of the first channels in order; the parent's columns if
    /// null.</param>
    public static Dictionary<string, Tensor> Create(
        IReadOnlyDictionary<string, Tensor> parent, Tensor order, IReadOnlyList<int> widths, Func<int, Tensor>? down = null)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var made = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string name, Tensor own) in parent)
        {
            Tensor weight = own.detach();
            switch (name)
            {
                case WeightNames.Gate or WeightNames.Up or WeightNames.GateBias or WeightNames.UpBias:
                    made.Add(name, weight.index_select(0, order.narrow(0, 0, widths[0])));
                    break;
                case WeightNames.Down:
                    foreach (int width in widths)
                    {
                        Tensor columns = down?.Invoke(width) ?? weight.index_select(1, order.narrow(0, 0, width));
                        made.Add(NestedFeedForward.NameOf(name, width), columns.contiguous());
                    }
                    break;
                case WeightNames.DownBias:
                    foreach (int width in widths)
                        made.Add(NestedFeedForward.NameOf(name, width), weight.clone());
                    break;
                default:
                    made.Add(name, weight.clone());
                    break;
            }
        }
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }

    /// <summary>The same in the paper's order: by contribution (appendix A), so that each width has the channels it would have
    /// alone.</summary>
    /// <param name="parent">The parent's FFN.</param>
    /// <param name="contribution">Each channel's contribution, [F].</param>
    /// <param name="widths">The widths, the widest first.</param>
    public static Dictionary<string, Tensor> ByContribution(
        IReadOnlyDictionary<string, Tensor> parent, Tensor contribution, IReadOnlyList<int> widths)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> made = Create(parent, contribution.sort(dim: 0, descending: true, stable: true).Indices, widths);
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }
}
