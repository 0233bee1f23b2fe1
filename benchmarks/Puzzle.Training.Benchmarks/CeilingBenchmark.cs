using System.Diagnostics;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>What the machine can do: the matmul rate that figures are shares of.</summary>
internal static class CeilingBenchmark
{
    public static double Run()
    {
        const int Size = 1024;
        set_num_threads(1);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor a = randn(Size, Size), b = randn(Size, Size);
        var rates = new List<double>();
        for (int round = 0; round < 9; round++)
        {
            using var inner = NewDisposeScope();
            long started = Stopwatch.GetTimestamp();
            a.matmul(b);
            rates.Add(2.0 * Size * Size * Size / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e9);
        }
        rates.Sort();
        Console.WriteLine(FormattableString.Invariant(
            $"ceiling: fp32 matmul {Size}, one thread: {rates[rates.Count / 2]:F0} GFLOP/s (best {rates[^1]:F0})"));
        return rates[rates.Count / 2];
    }
}
