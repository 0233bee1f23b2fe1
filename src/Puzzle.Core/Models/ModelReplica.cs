namespace Puzzle.Models;

/// <summary>Copies of a model that share its weights' memory but have leaf tensors, and so gradients, of their own.</summary>
internal static class ModelReplica
{
    /// <summary>Creates a replica: disposing it leaves the model's weights alive; an update of the model's weights in place shows in it.</summary>
    public static CausalLanguageModel Of(CausalLanguageModel model)
    {
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        return CausalLanguageModel.Create(model.Config, name => weights[name].detach());
    }
}
