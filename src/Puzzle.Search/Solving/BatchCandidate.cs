namespace Puzzle.Search.Solving;

/// <summary>A batch size with the problem it makes: its own costs, and constraints worked out for it.</summary>
/// <param name="BatchSize">The batch size.</param>
/// <param name="Problem">The problem.</param>
public sealed record BatchCandidate(int BatchSize, SearchProblem Problem);
