using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>A copy of a model's weights as they were when the held-out loss was lowest.</summary>
internal sealed class BestWeights : IDisposable
{
    private Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);

    /// <summary>Gets the weights by name; empty before the first.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>Keeps a model's present weights instead of those before.</summary>
    public void Take(CausalLanguageModel model) => Take(model.Weights);

    /// <summary>Keeps copies of weights instead of those before.</summary>
    public void Take(IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        using var scope = NewDisposeScope();
        var taken = weights.ToDictionary(
            weight => weight.Key, weight => weight.Value.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
        Dispose();
        _weights = taken;
    }

    /// <summary>Puts the weights back into the model; does nothing before the first.</summary>
    public void Restore(CausalLanguageModel model)
    {
        using var noGradients = no_grad();
        if (_weights.Count == 0)
            return;
        foreach ((string name, Tensor weight) in model.Weights)
            weight.copy_(_weights[name]);
    }

    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values)
            weight.Dispose();
    }
}
