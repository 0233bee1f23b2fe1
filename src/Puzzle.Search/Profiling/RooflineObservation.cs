using Puzzle.Architectures;

namespace Puzzle.Search.Profiling;

/// <summary>A measured time of a whole request through one block.</summary>
/// <param name="Block">The block.</param>
/// <param name="RuntimeMilliseconds">Prefill and all decode steps of the whole batch.</param>
public sealed record RooflineObservation(BlockConfig Block, double RuntimeMilliseconds);
