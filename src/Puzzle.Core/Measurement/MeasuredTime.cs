namespace Puzzle.Measurement;

/// <summary>The times behind a <see cref="BlockCost"/>, with their spread.</summary>
/// <param name="Name">What was measured, for example <c>attention gqa-4</c>, <c>ffn 704</c> or <c>non-block</c>.</param>
/// <param name="Prefill">Time to process the whole batch's prompt.</param>
/// <param name="Decode">Time of one decode step of the whole batch.</param>
public sealed record MeasuredTime(string Name, Timing Prefill, Timing Decode);
