namespace Puzzle.Pipeline;

/// <summary>Where a run stands.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Share">The share of the stage that is done, 0 to 1.</param>
/// <param name="Detail">For readers, for example the last loss.</param>
public sealed record PuzzleProgress(PuzzleStage Stage, double Share, string? Detail = null);
