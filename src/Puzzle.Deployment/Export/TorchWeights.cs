using Puzzle.Checkpoints;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Deployment.Export;

/// <summary>Reads a torch model's weights.</summary>
internal sealed class TorchWeights(CausalLanguageModel model)
{
    private readonly Dictionary<string, Tensor> _weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);

    /// <summary>Finds a weight.</summary>
    /// <param name="name">Its whole name.</param>
    public WeightRows Find(string name)
    {
        Tensor weight = _weights[name];
        return weight.dim() == 1
            ? new WeightRows(1, (int)weight.size(0), (_, _) => Values(name, () => weight)) { IsVector = true }
            : new WeightRows((int)weight.size(0), (int)weight.size(1), (first, count) => Values(name, () => weight.narrow(0, first, count)));
    }

    /// <summary>Finds a weight with rows and columns exchanged.</summary>
    /// <param name="name">Its whole name.</param>
    public WeightRows FindTransposed(string name)
    {
        Tensor weight = _weights[name];
        return new WeightRows((int)weight.size(1), (int)weight.size(0), (first, count) => Values(name, () => weight.narrow(1, first, count).t()));
    }

    private static float[] Values(string name, Func<Tensor> part)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor values = part().to(ScalarType.Float32).cpu().contiguous();
        if (NonFinite.IndexOf(values.bytes, ScalarType.Float32) >= 0)
            throw new ArgumentException($"Weight '{name}' holds infinities or NaNs.", nameof(name));
        return values.data<float>().ToArray();
    }
}
