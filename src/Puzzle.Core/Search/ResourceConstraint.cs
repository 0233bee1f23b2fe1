using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>Bounds on the total of one cost, the non-block part included.</summary>
/// <param name="Cost">The cost.</param>
/// <param name="Maximum">Its largest total; infinity (the default) for no bound.</param>
/// <param name="Minimum">Its smallest total; 0 (the default) for no bound.</param>
public sealed record ResourceConstraint(CostName Cost, double Maximum = double.PositiveInfinity, double Minimum = 0)
{
    /// <summary>How far a total may pass a bound, relative to the bound: sums in double depend on their order.</summary>
    public const double RelativeTolerance = 1e-9;

    /// <summary>Gets the largest total that counts as within <see cref="Maximum"/>.</summary>
    public double LargestAccepted => Maximum + Math.Abs(Maximum) * RelativeTolerance;

    /// <summary>Gets the smallest total that counts as within <see cref="Minimum"/>.</summary>
    public double SmallestAccepted => Minimum - Math.Abs(Minimum) * RelativeTolerance;

    /// <summary>Says whether a total is within the bounds, give or take <see cref="RelativeTolerance"/>.</summary>
    /// <param name="total">The total.</param>
    public bool IsMetBy(double total) => total <= LargestAccepted && total >= SmallestAccepted;
}
