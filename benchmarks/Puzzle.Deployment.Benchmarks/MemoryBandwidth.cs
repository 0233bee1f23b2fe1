using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>How fast memory is read when it is all that is done.</summary>
internal static class MemoryBandwidth
{
    private const int Rounds = 9;

    /// <summary>Sums arrays larger than any cache, one for each thread.</summary>
    /// <param name="threads">Threads.</param>
    /// <returns>GB/s, the best of several rounds.</returns>
    public static double Measure(int threads)
    {
        float[][] arrays = [.. Enumerable.Range(0, threads).Select(_ => new float[64 << 20])];
        foreach (float[] array in arrays)
            Array.Fill(array, 1);
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            Parallel.ForEach(arrays, new ParallelOptions { MaxDegreeOfParallelism = threads }, array => Sum(array));
            best = Math.Max(best, threads * (double)arrays[0].Length * sizeof(float) / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }
        return best;
    }

    private static float Sum(float[] array)
    {
        ReadOnlySpan<Vector<float>> values = MemoryMarshal.Cast<float, Vector<float>>(array);
        Vector<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i + 3 < values.Length; i += 4)
            (a, b, c, d) = (a + values[i], b + values[i + 1], c + values[i + 2], d + values[i + 3]);
        return Vector.Sum(a + b + c + d);
    }
}
