namespace Puzzle.Search;

/// <summary>Why no architecture meets the constraints.</summary>
/// <param name="Bounds">Every bounded cost with what can be reached.</param>
public sealed record InfeasibilityReport(IReadOnlyList<AttainableBound> Bounds)
{
    /// <summary>Gets a sentence for the user.</summary>
    public string Explanation
    {
        get
        {
            string[] conflicting = [.. Bounds.Where(bound => bound.Conflicts).Select(bound => bound.ToString())];
            return conflicting.Length == 0
                ? "The restrictions leave no architecture."
                : $"No architecture meets {string.Join(" together with ", conflicting)}.";
        }
    }
}
