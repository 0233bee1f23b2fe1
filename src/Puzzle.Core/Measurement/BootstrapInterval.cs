using Puzzle.Library;

namespace Puzzle.Measurement;

/// <summary>A mean over samples, and between which values it would lie had other samples been drawn (percentile bootstrap).</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Lower">The lower end.</param>
/// <param name="Upper">The upper end.</param>
/// <param name="Level">The share of resamples whose mean lies between the ends.</param>
public sealed record BootstrapInterval(double Mean, double Lower, double Upper, double Level)
{
    /// <summary>Computes the interval of a mean, for example of one metric of <see cref="BlockScore.Samples"/>.</summary>
    /// <param name="samples">The values; at least one.</param>
    /// <param name="level">Above 0 and below 1.</param>
    /// <param name="resamples">How often samples are drawn with replacement.</param>
    /// <param name="seed">The seed of the drawing. With the same seed and number of samples the same samples are drawn, so intervals of
    /// several blocks can be compared.</param>
    /// <exception cref="ArgumentException">There is no sample.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not between 0 and 1, or there is no resample.</exception>
    public static BootstrapInterval FromSamples(IReadOnlyList<double> samples, double level = 0.95, int resamples = 1000, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        if (samples.Count == 0)
            throw new ArgumentException("A mean needs at least one sample.", nameof(samples));
        if (level is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, "A level lies above 0 and below 1.");
        var random = new Random(seed);
        var means = new double[resamples];
        for (int resample = 0; resample < resamples; resample++)
        {
            double sum = 0;
            for (int i = 0; i < samples.Count; i++)
                sum += samples[random.Next(samples.Count)];
            means[resample] = sum / samples.Count;
        }
        Array.Sort(means);
        double tail = (1 - level) / 2;
        return new BootstrapInterval(samples.Average(), Quantile(means, tail), Quantile(means, 1 - tail), level);
    }

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
