namespace Puzzle.Search.Solving;

/// <summary>How close two summed scores, or a score and a bound, count as equal: a share of how far scores differ at all.</summary>
internal static class ScoreTolerance
{
    // Sums of a few hundred scores in double are exact to about 1e-14 of the spread, whole numbers of 50 bits likewise.
    private const double Share = 1e-12;

    /// <summary>Gives the tolerance for sums of a problem's scores.</summary>
    public static double Of(SearchProblem problem)
        => Share * problem.Layers.Sum(variants => variants.Max(variant => variant.Score) - variants.Min(variant => variant.Score));
}
