namespace Puzzle.Measurement;

/// <summary>A time measured several times over.</summary>
/// <param name="MedianMilliseconds">The median.</param>
/// <param name="SpreadMilliseconds">The interquartile range: the middle half of the samples lies within it.</param>
/// <param name="Samples">The number of samples; 0 for a time that is known, not measured.</param>
public sealed record Timing(double MedianMilliseconds, double SpreadMilliseconds, int Samples)
{
    /// <summary>Gets the time of nothing.</summary>
    public static Timing Zero { get; } = new(0, 0, 0);

    /// <summary>Summarizes samples.</summary>
    /// <param name="milliseconds">At least one finite sample, in any order.</param>
    public static Timing FromSamples(IEnumerable<double> milliseconds)
    {
        ArgumentNullException.ThrowIfNull(milliseconds);
        double[] sorted = [.. milliseconds.Order()];
        if (sorted.Length == 0 || !double.IsFinite(sorted[0]) || !double.IsFinite(sorted[^1]))
            throw new ArgumentException("A timing needs at least one sample, all of them finite.", nameof(milliseconds));
        return new(Quantile(sorted, 0.5), Quantile(sorted, 0.75) - Quantile(sorted, 0.25), sorted.Length);
    }

    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? double.Lerp(sorted[below], sorted[below + 1], at - below) : sorted[below];
    }
}
