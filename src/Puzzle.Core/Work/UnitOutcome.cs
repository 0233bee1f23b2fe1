namespace Puzzle.Work;

/// <summary>How a unit stands.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Status">Done, running, missing or set aside.</param>
/// <param name="Worker">Who has it or did it; null if nobody.</param>
/// <param name="Seconds">How long it took; null if it is not done, or its worker died before it could say.</param>
/// <param name="Failures">How often it failed.</param>
/// <param name="Log">The file that says why it failed last; null if it did not.</param>
public sealed record UnitOutcome(
    WorkUnit Unit, UnitStatus Status, string? Worker = null, double? Seconds = null, int Failures = 0, string? Log = null);
