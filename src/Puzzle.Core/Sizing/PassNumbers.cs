namespace Puzzle.Sizing;

/// <summary>The numbers (not bytes) that a subblock's passes hold.</summary>
/// <param name="Made">Tensors of a forward pass, its output included; they live until it ends.</param>
/// <param name="Kept">Those of them that the backward pass needs, without the output.</param>
/// <param name="Backward">The most that the backward pass holds beside them.</param>
internal readonly record struct PassNumbers(long Made, long Kept, long Backward);
