using System.Collections.Immutable;
using Puzzle.Architectures;

namespace Puzzle.Models;

/// <summary>The angles per position of a rotary embedding, in double precision. Needs no torch.</summary>
internal static class RotaryFrequencies
{
    /// <summary>Gives the angle per position of each pair of dimensions, scaling applied, [R / 2].</summary>
    /// <param name="rotary">The rotary embedding.</param>
    /// <param name="length">The tokens of the whole text; it matters where the scaling depends on it.</param>
    public static double[] Of(RotarySettings rotary, int length)
    {
        int size = rotary.Size;
        double theta = rotary.Scaling is DynamicRopeScaling dynamic ? Grown(rotary.Theta, dynamic, length, size) : rotary.Theta;
        double[] plain = [.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(theta, -2.0 * i / size))];
        return rotary.Scaling switch
        {
            LinearRopeScaling linear => [.. plain.Select(frequency => frequency / linear.Factor)],
            Llama3RopeScaling llama3 => [.. plain.Select(frequency => Scale(frequency, llama3))],
            YarnRopeScaling yarn => Blend(plain, rotary, yarn),
            LongRopeScaling longRope =>
                Divide(plain, length > longRope.OriginalMaxPositions ? longRope.LongFactors : longRope.ShortFactors),
            _ => plain,
        };
    }

    /// <summary>Gives what cosines and sines are multiplied by.</summary>
    public static double AttentionFactor(RotarySettings rotary) => rotary.Scaling switch
    {
        YarnRopeScaling yarn => yarn.AttentionFactor,
        LongRopeScaling longRope => longRope.AttentionFactor,
        _ => 1,
    };

    /// <summary>Tells whether texts of two lengths are rotated alike.</summary>
    public static bool IsSame(RotarySettings rotary, int length, int otherLength) => rotary.Scaling switch
    {
        DynamicRopeScaling dynamic => Math.Max(length, dynamic.OriginalMaxPositions) == Math.Max(otherLength, dynamic.OriginalMaxPositions),
        LongRopeScaling longRope => length > longRope.OriginalMaxPositions == otherLength > longRope.OriginalMaxPositions,
        _ => true,
    };

    private static double Grown(double theta, DynamicRopeScaling scaling, int length, int size)
    {
        double ratio = (double)Math.Max(length, scaling.OriginalMaxPositions) / scaling.OriginalMaxPositions;
        return theta * Math.Pow((scaling.Factor * ratio) - (scaling.Factor - 1), size / (size - 2.0));
    }

    private static double[] Divide(double[] frequencies, ImmutableArray<double> factors) =>
        [.. frequencies.Zip(factors, (frequency, factor) => frequency / factor)];

    // YaRN paper, section 3.2: from the dimension that turns BetaFast times within the original context to the one that turns BetaSlow
    // times.
    private static double[] Blend(double[] frequencies, RotarySettings rotary, YarnRopeScaling yarn)
    {
        double low = DimensionOf(yarn.BetaFast), high = DimensionOf(yarn.BetaSlow);
        if (yarn.RoundRange)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, rotary.Size - 1));
        // Where the range is a point, a width of a thousandth makes it a step.
        if (low == high)
            high += 0.001;
        return [.. frequencies.Select((frequency, i) =>
        {
            double divided = Math.Clamp((i - low) / (high - low), 0, 1);
            return (frequency / yarn.Factor * divided) + (frequency * (1 - divided));
        })];

        double DimensionOf(double rotations) =>
            rotary.Size * Math.Log(yarn.OriginalMaxPositions / (rotations * 2 * Math.PI)) / (2 * Math.Log(rotary.Theta));
    }

    private static double Scale(double frequency, Llama3RopeScaling scaling)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength > scaling.OriginalMaxPositions / scaling.LowFrequencyFactor)
            return frequency / scaling.Factor;
        if (wavelength < scaling.OriginalMaxPositions / scaling.HighFrequencyFactor)
            return frequency;
        double blend = ((scaling.OriginalMaxPositions / wavelength) - scaling.LowFrequencyFactor)
            / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - blend) * frequency / scaling.Factor) + (blend * frequency);
    }
}
