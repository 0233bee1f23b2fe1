namespace Puzzle.Work;

/// <summary>What is noted of a unit that was done.</summary>
/// <param name="Worker">Who did it.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record DoneRecord(string Worker, double Seconds);
