using Puzzle.Architectures;

namespace Puzzle.Fusion;

/// <summary>Which FFNs of a model depend little on each other, and which are therefore fused.</summary>
/// <param name="Dependencies">What was measured, one for each run of FFNs without attention between them.</param>
/// <param name="Groups">What is fused; empty for nothing.</param>
public sealed record FusedFfns(IReadOnlyList<FfnDependency> Dependencies, IReadOnlyList<FfnGroup> Groups)
{
    /// <summary>Gets why nothing could be fused, whatever the options say; null where something could.</summary>
    public string? Reason { get; init; }

    /// <summary>Gives what becomes of an architecture: the last layer of each group has the wide FFN, the others none.</summary>
    /// <param name="architecture">The architecture that the groups are of.</param>
    public Architecture ArchitectureOf(Architecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        foreach (FfnGroup group in Groups)
        {
            foreach (int layer in group.Layers)
            {
                FfnConfig ffn = layer == group.Layers[^1] ? new GatedFfnConfig(group.Width) : new NoOpFfnConfig();
                architecture = architecture.With(layer, architecture[layer] with { Ffn = ffn });
            }
        }
        return architecture;
    }
}
