namespace Puzzle.Search.Solving;

/// <summary>Scales by powers of two, so that whole numbers and binary fractions stay exact.</summary>
internal static class FixedPoint
{
    /// <summary>Gives the largest power of two that keeps a range below 2^bits.</summary>
    public static double Scale(double range, int bits)
        => range > 0 ? Math.ScaleB(1, Math.Clamp(bits - 1 - Math.ILogB(range), -900, 900)) : 1;

    public static long Round(double value, double scale) => (long)Math.Round(value * scale, MidpointRounding.ToEven);
}
