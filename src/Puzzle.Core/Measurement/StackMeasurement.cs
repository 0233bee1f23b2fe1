namespace Puzzle.Measurement;

/// <summary>Times stacks of parts against the empty run, all in turn.</summary>
internal static class StackMeasurement
{
    /// <summary>Measures parts.</summary>
    /// <param name="empty">Creates the run that has no copy in it.</param>
    /// <param name="parts">The parts' names and what creates their stacks; none of them a no-op.</param>
    /// <param name="decodes">Whether decode is timed too.</param>
    /// <param name="timer">Takes the samples.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    /// <returns>One time per part, in their order.</returns>
    public static IReadOnlyList<MeasuredTime> Measure(
        Func<IProfiledStack> empty,
        IReadOnlyList<KeyValuePair<string, Func<IProfiledStack>>> parts,
        bool decodes,
        InterleavedTimer timer,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var stacks = new List<IProfiledStack>();
        try
        {
            stacks.Add(empty());
            foreach ((_, Func<IProfiledStack> create) in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                stacks.Add(create());
            }
            List<Action> work = [.. stacks.Select<IProfiledStack, Action>(stack => stack.Prefill)];
            if (decodes)
                work.AddRange(stacks.Select<IProfiledStack, Action>(stack => stack.Decode));

            double[][] samples = timer.Measure(work, progress, cancellationToken);
            return [.. parts.Select((part, i) => new MeasuredTime(
                part.Key,
                Summarize(stacks[i + 1], samples[i + 1], samples[0], decoding: false),
                decodes ? Summarize(stacks[i + 1], samples[stacks.Count + i + 1], samples[stacks.Count], decoding: true) : Timing.Zero))];
        }
        finally
        {
            stacks.ForEach(stack => stack.Dispose());
        }
    }

    private static Timing Summarize(IProfiledStack stack, double[] samples, double[] empty, bool decoding) =>
        Timing.Of(samples.Zip(empty, (sample, nothing) => stack.PerCopy(sample, nothing, decoding)));
}
