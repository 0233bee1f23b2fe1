namespace Puzzle.Sizing;

/// <summary>A part of what a stage holds at its peak.</summary>
/// <param name="Name">What it is, for example <c>moments</c>.</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryPart(string Name, long Bytes);
