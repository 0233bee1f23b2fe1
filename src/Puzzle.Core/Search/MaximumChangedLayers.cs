namespace Puzzle.Search;

/// <summary>At most some number of layers differ from the parent.</summary>
/// <param name="Count">The largest number of changed layers.</param>
public sealed record MaximumChangedLayers(int Count) : SearchRestriction;
