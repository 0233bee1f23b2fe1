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
    private readonly Dictionary<string, WeightShape> _shapes =
        WeightNames.Model(config).ToDictionary(weight => weight.Name, StringComparer.Ordinal);

    /// <summary>Gets the elements of all weights.</summary>
    public long Elements => _shapes.Values.Sum(weight => weight.ElementCount);

    /// <summary>Reads the weights of a model in memory.</summary>
    public static TorchWeights Of(CausalLanguageModel model)
    {
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        return new TorchWeights(model.Config, name => weights[name]);
    }

    /// <summary>Gives the elements of one weight.</summary>
    /// <param name="name">Its whole name, or several as <see cref="JoinedName"/> has them.</param>
    public long ElementsOf(string name) => JoinedName.Parts(name).Sum(part => _shapes[part].ElementCount);

    /// <summary>Finds a weight.</summary>
    /// <param name="name">Its whole name, or several as <see cref="JoinedName"/> has them.</param>
    public WeightRows Find(string name)
    {
        WeightRows[] parts = [.. JoinedName.Parts(name).Select(FindOne)];
        return parts switch
        {
            [var only] => only,
            [{ IsVector: true }, ..] => new WeightRows(name, 1, parts.Sum(part => part.Columns), Together) { IsVector = true },
            _ => new WeightRows(name, parts.Sum(part => part.Rows), parts[0].Columns, Together),
        };

        Tensor Together() => cat([.. parts.Select(part => part.Open())], 0);
    }

    private WeightRows FindOne(string name)
    {
        IReadOnlyList<long> shape = _shapes[name].Shape;
        int columns = (int)shape[^1];
        if (shape.Count == 1)
            return new WeightRows(name, 1, columns, () => Open(name)) { IsVector = true };
        long rows = shape.Take(shape.Count - 1).Aggregate(1L, (product, size) => checked(product * size));
        return new WeightRows(name, checked((int)rows), columns, () => Open(name).flatten(0, -2));
    }

    /// <summary>Finds a matrix with rows and columns exchanged.</summary>
    /// <param name="name">Its whole name.</param>
    public WeightRows FindTransposed(string name) =>
        new(name, (int)_shapes[name].Shape[1], (int)_shapes[name].Shape[0], () => Open(name).t());

    /// <summary>Finds two weights of one shape as one, their rows in turns; of biases, which are rows of a matrix, their
    /// numbers.</summary>
    /// <param name="first">The whole name of the one with the even rows.</param>
    /// <param name="second">The other's.</param>
    /// <param name="columns">The length of a row of both together.</param>
    public WeightRows FindAlternating(string first, string second, int columns) => new(
        first, checked((int)((ElementsOf(first) + ElementsOf(second)) / columns)), columns, () =>
        {
            bool isBias = _shapes[first].Shape.Count == 2;
            return stack([Open(first), Open(second)], isBias ? -1 : -2).view(-1, columns);
        });

    private Tensor Open(string name)
    {
        Tensor weight = source(name);
        // The graph's norms multiply by their weight and nothing else.
        if (config.Norms.AddsOne && WeightNames.IsNorm(name))
            weight = weight.to(ScalarType.Float32).add(Native.Scalars.One, Native.Scalars.One);
        return weight.shape.AsSpan().SequenceEqual([.. _shapes[name].Shape])
            ? weight
            : throw new ArgumentException($"Weight '{name}' has shape [{string.Join(", ", weight.shape)}]; the model's config says " +
                $"[{string.Join(", ", _shapes[name].Shape)}].");
    }
}
