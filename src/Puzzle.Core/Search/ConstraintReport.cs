namespace Puzzle.Search;

/// <summary>How an answer stands to one constraint.</summary>
/// <param name="Constraint">The constraint.</param>
/// <param name="Total">The answer's total of the cost.</param>
/// <param name="Slack">How much room is left to the nearer bound, never below minus the tolerance; infinity when nothing bounds it.</param>
/// <param name="ShadowPrice">How much better the best summed score could get for one unit more room, from the linear relaxation; null when
/// the solver does not know.</param>
public sealed record ConstraintReport(ResourceConstraint Constraint, double Total, double Slack, double? ShadowPrice);
