namespace Puzzle.Search.Solving;

/// <summary>A linear bound: the costs of the chosen items sum to at most a limit.</summary>
/// <param name="Costs">Cost per item.</param>
/// <param name="Limit">The largest sum accepted, tolerance included.</param>
/// <param name="Constraint">The place of the constraint it comes from, -1 for a restriction or a distance.</param>
/// <param name="Sign">1 for an upper bound, -1 for a lower bound turned around.</param>
/// <param name="IsCounter">Whether the costs are small whole numbers that count choices.</param>
internal sealed record ChoiceRow(double[] Costs, double Limit, int Constraint = -1, int Sign = 1, bool IsCounter = false);
