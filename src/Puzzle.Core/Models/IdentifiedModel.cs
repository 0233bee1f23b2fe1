using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>A model and its identity, which travel together: what is made from the model is known by it.</summary>
/// <param name="Model">The model; who loaded it disposes it.</param>
/// <param name="Fingerprint">The identity of its weights and shape, see <see cref="CheckpointFolder.ComputeFingerprint"/>.</param>
public sealed record IdentifiedModel(CausalLanguageModel Model, string Fingerprint)
{
    /// <summary>Loads a model and computes its identity.</summary>
    /// <param name="checkpoint">The checkpoint; not disposed.</param>
    /// <param name="type">The compute type; 32-bit floats by default.</param>
    /// <param name="device">Where the weights go; the CPU by default.</param>
    /// <param name="cancellationToken">Stops within a weight.</param>
    /// <exception cref="Foundation.CheckpointFormatException">A file is damaged.</exception>
    public static IdentifiedModel Load(
        CheckpointFolder checkpoint, ScalarType type = ScalarType.Float32, Device? device = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        string fingerprint = checkpoint.ComputeFingerprint(cancellationToken);
        return new IdentifiedModel(CausalLanguageModel.Load(checkpoint, type, device, cancellationToken), fingerprint);
    }
}
