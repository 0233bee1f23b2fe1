namespace Puzzle.Work;

/// <summary>A plan as it is stored.</summary>
/// <param name="Version">Of the format.</param>
/// <param name="Digest">The plan's.</param>
/// <param name="Plan">The plan.</param>
internal sealed record WorkPlanFile(int Version, string Digest, WorkPlan Plan);
