using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

/// <summary>Some rows of a stored tensor.</summary>
/// <param name="Tensor">The tensor's name in the file, and the shape it must have.</param>
/// <param name="FirstRow">The first row.</param>
/// <param name="Rows">The number of rows; null for all.</param>
/// <param name="IsPacked">Whether it holds bytes that stand for numbers, rather than floating-point numbers.</param>
internal sealed record StoredPart(WeightShape Tensor, long FirstRow = 0, long? Rows = null, bool IsPacked = false);
