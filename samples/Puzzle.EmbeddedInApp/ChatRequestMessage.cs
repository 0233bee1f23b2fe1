namespace Puzzle.EmbeddedInApp;

/// <summary>A message of a chat.</summary>
public sealed record ChatRequestMessage(string Role, string Content);
