namespace Puzzle.Search;

/// <summary>Some choices may not all be made together, for example because an export cannot express them.</summary>
/// <param name="Choices">The choices, at most one for each layer.</param>
public sealed record ForbiddenCombination(IReadOnlyList<LayerChoice> Choices) : SearchRestriction;
