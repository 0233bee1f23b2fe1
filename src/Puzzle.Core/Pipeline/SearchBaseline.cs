using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>A simpler way to choose, run beside the solver to show what the search was worth.</summary>
/// <param name="Name">For example <c>greedy</c>.</param>
/// <param name="Solver">How it chooses.</param>
public sealed record SearchBaseline(string Name, IArchitectureSolver Solver);
