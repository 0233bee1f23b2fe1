using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>Times stacks of parts against the empty run, all in turn.</summary>
internal static class StackMeasurement
{
    /// <summary>Measures parts.</summary>
    /// <param name="parts">The parts; none of them a no-op.</param>
    /// <param name="bench">What their stacks share.</param>
    /// <param name="timer">Takes the samples.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    /// <returns>One time per part, in their order.</returns>
    public static IReadOnlyList<MeasuredTime> Measure(
        IReadOnlyList<StackPart> parts, StackBench bench, InterleavedTimer timer, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var stacks = new List<OnnxStack>();
        try
        {
            stacks.Add(new OnnxStack(bench, null));
            foreach (StackPart part in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                stacks.Add(new OnnxStack(bench, part));
            }
            bool decodes = bench.Workload.GeneratedTokens > 0;
            List<Action> work = [.. stacks.Select<OnnxStack, Action>(stack => stack.Prefill)];
            if (decodes)
                work.AddRange(stacks.Select<OnnxStack, Action>(stack => stack.Decode));

            double[][] samples = timer.Measure(work, progress, cancellationToken);
            return [.. parts.Select((part, i) => new MeasuredTime(
                part.Name,
                Summarise(stacks[i + 1], samples[i + 1], samples[0]),
                decodes ? Summarise(stacks[i + 1], samples[stacks.Count + i + 1], samples[stacks.Count]) : Timing.Zero))];
        }
        finally
        {
            stacks.ForEach(stack => stack.Dispose());
        }
    }

    private static Timing Summarise(OnnxStack stack, double[] samples, double[] empty) => Timing.Of(samples.Zip(empty, stack.PerCopy));
}
