namespace Puzzle.Work;

/// <summary>What is read of a plan's file first.</summary>
/// <param name="Version">Of the format.</param>
internal sealed record WorkPlanVersion(int Version);
