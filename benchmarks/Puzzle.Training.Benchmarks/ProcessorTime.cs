using System.Diagnostics;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Processor time of this process: what a step costs even while other processes take turns on the cores.</summary>
internal static class ProcessorTime
{
    public static double Seconds
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Gives the rate of a product of 1024 x 256 by 256 x 704, as in the default parent's FFN, and that of 1024 cubed, in GFLOP
    /// per processor second of one thread.</summary>
    public static (double Ffn, double Square) MatmulRates() => (MatmulRate(1024, 256, 704), MatmulRate(1024, 1024, 1024));

    private static double MatmulRate(int rows, int inner, int columns)
    {
        set_num_threads(1);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor a = randn(rows, inner), b = randn(inner, columns);
        double best = 0;
        for (int round = 0; round < 5; round++)
        {
            int products = 0;
            double started = Seconds, seconds = 0;
            while (seconds < 0.3)
            {
                for (int i = 0; i < 20; i++, products++)
                {
                    using var inner1 = NewDisposeScope();
                    a.matmul(b);
                }
                seconds = Seconds - started;
            }
            best = Math.Max(best, 2.0 * rows * inner * columns * products / seconds / 1e9);
        }
        return best;
    }
}
