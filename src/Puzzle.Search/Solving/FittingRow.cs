namespace Puzzle.Search.Solving;

/// <summary>A row above the least of each group.</summary>
/// <param name="Row">Its number in the model.</param>
/// <param name="Costs">Cost per item of the model, not negative where the item is usable.</param>
/// <param name="Limit">What is left of the limit, not negative.</param>
internal sealed record FittingRow(int Row, double[] Costs, double Limit);
