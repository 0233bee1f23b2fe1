using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Search.Profiling;

/// <summary>Fits a specification's efficiencies and overhead to measured blocks, by the mean squared logarithm of computed over measured
/// time.</summary>
public static class RooflineFit
{
    private const int Sweeps = 60;

    /// <summary>Fits.</summary>
    /// <param name="hardware">The device; its efficiencies are where the fit starts.</param>
    /// <param name="model">The model the blocks stand in.</param>
    /// <param name="workload">The workload they were measured under.</param>
    /// <param name="observations">The measured blocks; none a no-op on both sides.</param>
    /// <exception cref="ArgumentException">There are no observations, or one is not positive.</exception>
    public static HardwareSpec Fit(
        HardwareSpec hardware, ModelConfig model, Workload workload, IReadOnlyCollection<RooflineObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(hardware);
        ArgumentNullException.ThrowIfNull(observations);
        if (observations.Count == 0 || observations.Any(observation => !(observation.RuntimeMilliseconds > 0)))
            throw new ArgumentException("A fit needs observations with positive times.", nameof(observations));

        // Coordinate search in the logarithms, steps halved when none helps, from a few starts.
        HardwareSpec best = hardware;
        double bestError = double.PositiveInfinity;
        foreach (double overhead in (double[])[hardware.SubblockOverhead, 5e-6, 50e-6, 200e-6])
        {
            foreach (double memory in (double[])[0.4, 0.6, 0.9])
            {
                (HardwareSpec fitted,
                    double error) = Descend(hardware with { SubblockOverhead = Math.Max(overhead, 1e-7), MemoryEfficiency = memory }, model,
                    workload, observations);
                if (error < bestError)
                    (best, bestError) = (fitted, error);
            }
        }
        return best;
    }

    /// <summary>Gives the relative error of each observation: computed over measured, minus 1.</summary>
    /// <param name="hardware">The device.</param>
    /// <param name="model">The model the blocks stand in.</param>
    /// <param name="workload">The workload they were measured under.</param>
    /// <param name="observations">The measured blocks.</param>
    public static IReadOnlyList<double> Errors(
        HardwareSpec hardware, ModelConfig model, Workload workload, IReadOnlyCollection<RooflineObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        CostTable costs = new RooflineThroughputProfiler(hardware).Profile(new ProfilingRequest(
            model,
            [.. observations.Select(observation => observation.Block.Attention).Distinct()],
            [.. observations.Select(observation => observation.Block.Ffn).Distinct()],
            workload));
        return [.. observations.Select(
            observation => (costs[observation.Block].RuntimeMilliseconds(workload) / observation.RuntimeMilliseconds) - 1)];
    }

    private static (HardwareSpec Hardware, double Error) Descend(
        HardwareSpec start, ModelConfig model, Workload workload, IReadOnlyCollection<RooflineObservation> observations)
    {
        double[] factors = [start.ComputeEfficiency, start.MemoryEfficiency, start.SubblockOverhead, start.AttentionEfficiency];
        double error = Error(factors);
        double step = 0.5;
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            bool improved = false;
            for (int factor = 0; factor < factors.Length; factor++)
            {
                foreach (double direction in (double[])[1, -1])
                {
                    var moved = (double[])factors.Clone();
                    moved[factor] *= Math.Exp(direction * step);
                    moved[factor] = factor == 2 ? moved[factor] : Math.Min(1, moved[factor]);
                    double movedError = Error(moved);
                    if (movedError < error)
                        (factors, error, improved) = (moved, movedError, true);
                }
            }
            step = improved ? step : step / 2;
        }
        return (With(factors), error);

        HardwareSpec With(double[] values) => start with
        {
            ComputeEfficiency = values[0],
            MemoryEfficiency = values[1],
            SubblockOverhead = values[2],
            AttentionEfficiency = values[3],
        };

        double Error(double[] values) =>
            Errors(With(values), model, workload, observations).Average(relative => Math.Pow(Math.Log(1 + relative), 2));
    }
}
