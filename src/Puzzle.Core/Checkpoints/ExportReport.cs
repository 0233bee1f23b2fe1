using Puzzle.Architectures;

namespace Puzzle.Checkpoints;

/// <summary>What an export wrote. From the same tokens the exported model computes the same as its source, rounding of stored weights
/// aside.</summary>
/// <param name="Architecture">The blocks as written.</param>
/// <param name="Changes">What differs from the source, in layer order; empty if nothing does.</param>
/// <param name="SourceParameters">The parameters of the source.</param>
/// <param name="ExportedParameters">The parameters as written.</param>
public sealed record ExportReport(
    Architecture Architecture, IReadOnlyList<ExportChange> Changes, long SourceParameters, long ExportedParameters)
{
    /// <summary>Gets the parameters that the changes added.</summary>
    public long AddedParameters => ExportedParameters - SourceParameters;
}
