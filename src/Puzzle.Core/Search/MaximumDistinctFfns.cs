namespace Puzzle.Search;

/// <summary>At most some number of different FFN subblocks over all layers; every variant's <see cref="SearchVariant.Block"/> must be
/// known.</summary>
/// <param name="Count">The largest number of different FFNs, the parent's own included.</param>
public sealed record MaximumDistinctFfns(int Count) : SearchRestriction;
