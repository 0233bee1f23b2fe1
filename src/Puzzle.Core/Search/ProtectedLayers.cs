namespace Puzzle.Search;

/// <summary>The first and last layers keep the parent's block.</summary>
/// <param name="First">How many layers at the start.</param>
/// <param name="Last">How many layers at the end.</param>
public sealed record ProtectedLayers(int First, int Last = 0) : SearchRestriction;
