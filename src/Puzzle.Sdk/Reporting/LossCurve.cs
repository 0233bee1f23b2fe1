using Puzzle.Library;

namespace Puzzle.Reporting;

/// <summary>The losses of one training.</summary>
/// <param name="Name">What was trained.</param>
/// <param name="Points">The losses, by step.</param>
public sealed record LossCurve(string Name, IReadOnlyList<LossRecord> Points);
