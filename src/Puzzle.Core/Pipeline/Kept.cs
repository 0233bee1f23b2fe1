namespace Puzzle.Pipeline;

/// <summary>What a stage found, with the hash of everything it depends on.</summary>
/// <param name="Key">The hash.</param>
/// <param name="Value">What was found.</param>
internal sealed record Kept<T>(string Key, T Value);
