using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>What one worker computes with: a replica of the model, and the 32-bit sums of its gradients.</summary>
internal sealed class TrainingReplica : IDisposable
{
    private readonly FlatGradients? _computed;
    private readonly int _head;

    /// <param name="model">The weights to compute with; shared, not owned.</param>
    public TrainingReplica(CausalLanguageModel model)
    {
        Model = ModelReplica.Of(model);
        Losses = new DeviceSum(model.Device);
        Tensor[] weights = [.. Model.Weights.Select(weight => weight.Value)];
        _head = Array.FindIndex(weights, weight => ReferenceEquals(weight, Model.Head));
        if (model.ElementType == ScalarType.Float32)
        {
            Gradients = new FlatGradients(weights);
        }
        else
        {
            _computed = new FlatGradients(weights);
            Gradients = _computed.Wider();
        }
    }

    /// <summary>Gets the replica.</summary>
    public CausalLanguageModel Model { get; }

    /// <summary>Gets the sums of the gradients, 32-bit.</summary>
    public FlatGradients Gradients { get; }

    /// <summary>Gets the losses of the step that are still on the device; whoever computes them adds them here.</summary>
    public DeviceSum Losses { get; }

    /// <summary>Sets all gradients and losses to zero.</summary>
    public void Clear()
    {
        Losses.Clear();
        Gradients.Clear();
        _computed?.Clear();
    }

    /// <summary>Adds the gradients of a backward pass to the sums; nothing to do where autograd adds to these itself.</summary>
    public void Collect() => _computed?.MoveTo(Gradients);

    /// <summary>The same for the head's gradient alone, which several backward passes in a row add to.</summary>
    public void CollectHead() => _computed?.MoveTo(Gradients, _head);

    public void Dispose()
    {
        Losses.Dispose();
        Gradients.Dispose();
        _computed?.Dispose();
        Model.Dispose();
    }
}
