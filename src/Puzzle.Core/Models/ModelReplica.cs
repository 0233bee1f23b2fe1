using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Copies of a model.</summary>
internal static class ModelReplica
{
    /// <summary>
    /// Creates a replica that shares the weights' memory but has leaf tensors, and so gradients, of its own: disposing it
    /// leaves the model's weights alive; an update of the model's weights in place shows in it.
    /// </summary>
    public static CausalLanguageModel Of(CausalLanguageModel model) => Create(model, weight => weight.detach());

    /// <summary>Creates a copy with weights of its own, of another type.</summary>
    public static CausalLanguageModel As(CausalLanguageModel model, ScalarType type) =>
        Create(model, weight => weight.detach().to(type, copy: true));

    private static CausalLanguageModel Create(CausalLanguageModel model, Func<Tensor, Tensor> copy)
    {
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        using var scope = NewDisposeScope();
        return CausalLanguageModel.Create(model.Config, name => copy(weights[name]));
    }
}
