namespace Puzzle.Search;

/// <summary>Bounds on one quantity of a deployment, absolute or as a share of the parent's.</summary>
/// <param name="Minimum">The smallest value; 0 for no bound.</param>
/// <param name="Maximum">The largest value; infinity for no bound.</param>
/// <param name="IsShareOfParent">Whether the values multiply the parent's own.</param>
public sealed record CostBound(double Minimum, double Maximum, bool IsShareOfParent = false)
{
    /// <summary>Bounds from above.</summary>
    /// <param name="value">The largest value.</param>
    public static CostBound AtMost(double value) => new(0, value);

    /// <summary>Bounds from below.</summary>
    /// <param name="value">The smallest value.</param>
    public static CostBound AtLeast(double value) => new(value, double.PositiveInfinity);

    /// <summary>Bounds from both sides.</summary>
    /// <param name="minimum">The smallest value.</param>
    /// <param name="maximum">The largest value.</param>
    public static CostBound Between(double minimum, double maximum) => new(minimum, maximum);

    /// <summary>Bounds by a share of the parent's own value.</summary>
    /// <param name="share">The largest share, for example 0.5.</param>
    public static CostBound AtMostOfParent(double share) => new(0, share, IsShareOfParent: true);

    /// <summary>Bounds by a multiple of the parent's own value.</summary>
    /// <param name="share">The smallest share, for example 1.5.</param>
    public static CostBound AtLeastOfParent(double share) => new(share, double.PositiveInfinity, IsShareOfParent: true);

    internal (double Minimum, double Maximum) Resolve(string what, Func<double> parent)
    {
        if (double.IsNaN(Minimum) || double.IsNaN(Maximum) || Minimum < 0 || double.IsInfinity(Minimum) || Minimum > Maximum)
            throw new ArgumentException(FormattableString.Invariant(
                $"A bound on {what} needs 0 <= minimum <= maximum and a finite minimum; got {Minimum}..{Maximum}."));
        if (!IsShareOfParent)
            return (Minimum, Maximum);
        double unit = parent();
        double minimum = Minimum * unit;
        double maximum = Maximum * unit;
        return double.IsInfinity(minimum) || (double.IsInfinity(maximum) && !double.IsInfinity(Maximum))
            ? throw new ArgumentException(
                FormattableString.Invariant($"A bound on {what} of {Minimum}..{Maximum} times the parent's {unit} is too large."))
            : (minimum, maximum);
    }
}
