using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>Takes attention's weights apart by head, and puts them together again.</summary>
internal static class HeadWeights
{
    /// <summary>Gives the projections by head; the caller's scope owns them.</summary>
    /// <param name="model">The parent's shape.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    public static AttentionMatrices Split(ModelConfig model, IReadOnlyDictionary<string, Tensor> weights)
    {
        long size = model.HeadSize;
        return new AttentionMatrices(
            Wide(WeightNames.Query).view(-1, size, model.HiddenSize),
            Wide(WeightNames.Key).view(-1, size, model.HiddenSize),
            Wide(WeightNames.Value).view(-1, size, model.HiddenSize),
            Wide(WeightNames.Output).view(model.HiddenSize, -1, size).permute(1, 0, 2).contiguous(),
            model.HeadSize);

        Tensor Wide(string name) => weights[name].detach().cpu().to(ScalarType.Float64);
    }

    /// <summary>Gives new weights, which the caller's scope owns: the projections from heads, all others copied from the parent.</summary>
    /// <param name="heads">The projections by head.</param>
    /// <param name="parent">The parent's weights, whose types and device the new ones have.</param>
    public static Dictionary<string, Tensor> Join(AttentionMatrices heads, IReadOnlyDictionary<string, Tensor> parent) =>
        parent.ToDictionary(
        weight => weight.Key,
        weight => weight.Key switch
        {
            WeightNames.Query => Rows(heads.Query, weight.Value),
            WeightNames.Key => Rows(heads.Key, weight.Value),
            WeightNames.Value => Rows(heads.Value, weight.Value),
            WeightNames.Output => Output(heads.Output).to(weight.Value.dtype).to(weight.Value.device),
            _ => weight.Value.detach().clone(),
        }, StringComparer.Ordinal);

    /// <summary>Gives the output projection, [D, N * H].</summary>
    public static Tensor Output(Tensor heads) => heads.permute(1, 0, 2).reshape(heads.size(1), -1);

    private static Tensor Rows(Tensor heads, Tensor like) => heads.reshape(-1, heads.size(-1)).to(like.dtype).to(like.device);
}
