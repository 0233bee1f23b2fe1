using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Deployment.Export;

/// <summary>Reads a model's weights, one at a time.</summary>
/// <param name="config">The model's shape.</param>
/// <param name="source">Gives a weight by its whole name.</param>
internal sealed class TorchWeights(ModelConfig config, WeightSource source)
{
    private readonly Dictionary<string, WeightShape> _shapes = WeightNames.Model(config).ToDictionary(weight => weight.Name, StringComparer.Ordinal);

    /// <summary>Reads the weights of a model in memory.</summary>
    public static TorchWeights Of(CausalLanguageModel model)
    {
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        return new TorchWeights(model.Config, name => weights[name]);
    }

    /// <summary>Finds a weight.</summary>
    /// <param name="name">Its whole name.</param>
    public WeightRows Find(string name) => _shapes[name].Shape is [var rows, var columns]
        ? new WeightRows(name, (int)rows, (int)columns, () => Open(name))
        : new WeightRows(name, 1, (int)_shapes[name].Shape[0], () => Open(name)) { IsVector = true };

    /// <summary>Finds a matrix with rows and columns exchanged.</summary>
    /// <param name="name">Its whole name.</param>
    public WeightRows FindTransposed(string name) =>
        new(name, (int)_shapes[name].Shape[1], (int)_shapes[name].Shape[0], () => Open(name).t());

    private Tensor Open(string name)
    {
        Tensor weight = source(name);
        return weight.shape.AsSpan().SequenceEqual([.. _shapes[name].Shape])
            ? weight
            : throw new ArgumentException($"Weight '{name}' has shape [{string.Join(", ", weight.shape)}]; the model's config says [{string.Join(", ", _shapes[name].Shape)}].");
    }
}
