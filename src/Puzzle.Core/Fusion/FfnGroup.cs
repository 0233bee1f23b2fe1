namespace Puzzle.Fusion;

/// <summary>FFNs of layers that follow each other without attention between them, computed side by side as one wide FFN.</summary>
/// <param name="Layers">The layers, 0-based, in order; the last holds the wide FFN, the others have none.</param>
/// <param name="Width">The wide FFN's channels: the sum of theirs.</param>
/// <param name="Dependency">The largest distance of any of them from any earlier one, see <see cref="FfnDependency"/>.</param>
public sealed record FfnGroup(IReadOnlyList<int> Layers, int Width, double Dependency);
