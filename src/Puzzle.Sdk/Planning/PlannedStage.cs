using Puzzle.Pipeline;
using Puzzle.Sizing;

namespace Puzzle.Planning;

/// <summary>What a stage of a run will take.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Units">What it makes or measures, in all.</param>
/// <param name="Unit">What a unit is.</param>
/// <param name="Tokens">Tokens of text it goes over.</param>
/// <param name="Operations">Floating-point operations of its passes, two for each multiplication and addition.</param>
/// <param name="DiskBytes">What it stores.</param>
/// <param name="Memory">What it holds at its peak, process and parent included.</param>
/// <param name="Time">How long it will take here, from a short calibration.</param>
public sealed record PlannedStage(
    PuzzleStage Stage, long Units, string Unit, long Tokens, double Operations, long DiskBytes, MemoryPlan Memory, TimeSpan Time)
{
    /// <summary>Gets what it holds at its peak, process and parent included, in bytes.</summary>
    public long MemoryBytes => Memory.TotalBytes;
}
