namespace Puzzle.Search.Solving.Exact;

/// <summary>What one search below a threshold found.</summary>
/// <param name="Choice">The best choice (item of each group), or null.</param>
/// <param name="Score">Its score in fixed point.</param>
/// <param name="IsComplete">Whether nothing was left out: then there is no better choice below the threshold.</param>
/// <param name="Bound">What no choice can beat, as far as this run shows.</param>
internal readonly record struct LabelRun(int[]? Choice, long Score, bool IsComplete, double Bound);
