namespace Puzzle.Checkpoints;

/// <summary>One way in which an exported model differs from its source.</summary>
/// <param name="Kind">The kind of change.</param>
/// <param name="Layer">The layer of the source, 0-based; null where the change belongs to no layer.</param>
/// <param name="Description">What was done and why, for a reader.</param>
public sealed record ExportChange(ExportChangeKind Kind, int? Layer, string Description)
{
    /// <inheritdoc/>
    public override string ToString() => Layer is { } layer ? $"layer {layer}: {Description}" : Description;
}
