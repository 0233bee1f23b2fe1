using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Global;

/// <summary>Copies of the matrices by which a model's subblocks write to the residual stream, as they were.</summary>
internal sealed class ReadoutWeights : IDisposable
{
    private readonly List<(Tensor Weight, Tensor Copy)> _copies;

    /// <param name="model">The model.</param>
    public ReadoutWeights(CausalLanguageModel model)
    {
        using var noGradients = no_grad();
        _copies = [.. model.Blocks.SelectMany(block => (Subblock[])[block.Attention, block.Ffn])
            .Where(subblock => subblock.Readout is not null)
            .Select(subblock => subblock.Weights[subblock.Readout!])
            .Select(weight => (weight, weight.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>Puts them back into the model.</summary>
    public void Restore()
    {
        using var noGradients = no_grad();
        foreach ((Tensor weight, Tensor copy) in _copies)
            weight.copy_(copy);
    }

    public void Dispose()
    {
        foreach ((_, Tensor copy) in _copies)
            copy.Dispose();
    }
}
