using System.Numerics;
using Puzzle.Measurement;
using Puzzle.Native;

namespace Puzzle.Search.Profiling;

/// <summary>Measures this machine's processor for a roofline: vector arithmetic and streaming reads, in managed code, on all cores asked
/// for.</summary>
public static class HostHardwareMeasurement
{
    private const int StreamBytes = 64 << 20;

    /// <summary>Measures for about a second.</summary>
    /// <param name="threads">How many cores to use.</param>
    /// <param name="time">The clock; the system's when null.</param>
    public static HardwareSpec Measure(int threads, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        time ??= TimeProvider.System;
        double operations = Best(time, threads, () => Multiply(2_000_000)) * threads * 2_000_000 * 8 * 2 * Vector<float>.Count;
        float[][] streams = [.. Enumerable.Range(0, threads).Select(_ => new float[StreamBytes / sizeof(float)])];
        double bandwidth = BestStream(time, streams) * threads * StreamBytes;
        return new HardwareSpec(
            $"{HostHardware.ProcessorName()}, {threads} threads, measured",
            new Dictionary<ElementType, double> { [ElementType.Float32] = operations },
            bandwidth)
        {
            SubblockOverhead = 5e-6,
        };
    }

    /// <summary>Runs on every thread at once, five times; gives the most runs per second.</summary>
    private static double Best(TimeProvider time, int threads, Func<float> run)
    {
        double best = 0;
        for (int repeat = 0; repeat < 5; repeat++)
        {
            long start = time.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => run());
            best = Math.Max(best, 1 / time.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    private static double BestStream(TimeProvider time, float[][] streams)
    {
        double best = 0;
        for (int repeat = 0; repeat < 5; repeat++)
        {
            long start = time.GetTimestamp();
            Parallel.For(0, streams.Length, new ParallelOptions { MaxDegreeOfParallelism = streams.Length }, i => Sum(streams[i]));
            best = Math.Max(best, 1 / time.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    /// <summary>Eight independent chains of fused multiply-adds.</summary>
    private static float Multiply(int iterations)
    {
        var factor = new Vector<float>(0.999f);
        var (a, b, c, d) = (Vector<float>.One, Vector<float>.One, Vector<float>.One, Vector<float>.One);
        var (e, f, g, h) = (a, b, c, d);
        for (int i = 0; i < iterations; i++)
        {
            a = Vector.FusedMultiplyAdd(a, factor, factor);
            b = Vector.FusedMultiplyAdd(b, factor, factor);
            c = Vector.FusedMultiplyAdd(c, factor, factor);
            d = Vector.FusedMultiplyAdd(d, factor, factor);
            e = Vector.FusedMultiplyAdd(e, factor, factor);
            f = Vector.FusedMultiplyAdd(f, factor, factor);
            g = Vector.FusedMultiplyAdd(g, factor, factor);
            h = Vector.FusedMultiplyAdd(h, factor, factor);
        }
        return Vector.Sum(a + b + c + d + e + f + g + h);
    }

    private static float Sum(float[] values)
    {
        Vector<float> sum = Vector<float>.Zero;
        for (int i = 0; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            sum += new Vector<float>(values, i);
        return Vector.Sum(sum);
    }
}
