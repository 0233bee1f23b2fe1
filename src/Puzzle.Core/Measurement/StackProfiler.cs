namespace Puzzle.Measurement;

/// <summary>
/// The profiler of every engine: times that are kept on disk are read, the others are measured together, stacks of each part and the empty
/// run in turn.
/// </summary>
internal static class StackProfiler
{
    /// <summary>Profiles every config of a request.</summary>
    /// <param name="engine">What runs the parts.</param>
    /// <param name="request">What to profile.</param>
    /// <param name="cachePath">The folder that keeps times between runs; the request's if null.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    public static CostTable Profile<TPart>(
        ProfiledEngine<TPart> engine, ProfilingRequest request, string? cachePath, IProgress<double>? progress,
        CancellationToken cancellationToken)
        where TPart : IProfiledPart
    {
        bool decodes = request.Workload.GeneratedTokens > 0;
        IReadOnlyList<MeasuredTime> times = PartTimes.Gather(
            engine.Parts, cachePath ?? request.CacheFolder, engine.RecipeOf,
            missing => Measure(engine, missing, decodes, progress, cancellationToken), progress);
        return engine.Sizes.WithTimes(engine.Name, times);
    }

    private static IReadOnlyList<MeasuredTime> Measure<TPart>(
        ProfiledEngine<TPart> engine, IReadOnlyList<TPart> parts, bool decodes, IProgress<double>? progress,
        CancellationToken cancellationToken)
        where TPart : IProfiledPart
    {
        using IPartBench<TPart> bench = engine.OpenBench(parts);
        var stacks = new List<IProfiledStack>();
        try
        {
            stacks.Add(bench.CreateEmpty());
            foreach (TPart part in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                stacks.Add(bench.CreateStack(part));
            }
            List<Action> work = [.. stacks.Select<IProfiledStack, Action>(stack => stack.Prefill)];
            if (decodes)
                work.AddRange(stacks.Select<IProfiledStack, Action>(stack => stack.Decode));

            double[][] samples = engine.Timer.Measure(work, progress, cancellationToken);
            return [.. parts.Select((part, i) => new MeasuredTime(
                part.Name,
                Summarize(stacks[i + 1], samples[i + 1], samples[0], decoding: false),
                decodes ? Summarize(stacks[i + 1], samples[stacks.Count + i + 1], samples[stacks.Count], decoding: true) : Timing.Zero))];
        }
        finally
        {
            stacks.ForEach(stack => stack.Dispose());
        }
    }

    private static Timing Summarize(IProfiledStack stack, double[] samples, double[] empty, bool decoding) =>
        Timing.FromSamples(samples.Zip(empty, (sample, nothing) => stack.PerCopy(sample, nothing, decoding)));
}
