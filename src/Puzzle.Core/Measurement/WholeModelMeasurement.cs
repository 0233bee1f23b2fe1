namespace Puzzle.Measurement;

/// <summary>Times whole models side by side.</summary>
internal static class WholeModelMeasurement
{
    /// <summary>Checks that a model holds a workload's sequences.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="maxPositions">The positions it holds.</param>
    /// <param name="workload">The workload.</param>
    public static void Check(string name, int maxPositions, Workload workload)
    {
        if (workload.SequenceTokens > maxPositions)
            throw new ArgumentException($"The workload has sequences of {workload.SequenceTokens} tokens (prompt " +
                $"{workload.PromptTokens}, generated {workload.GeneratedTokens}); '{name}' holds {maxPositions} positions.",
                    nameof(workload));
    }

    /// <summary>Measures models.</summary>
    /// <param name="models">Names, and what creates the request to each.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="timer">Takes the samples.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    /// <returns>One result per model, in their order.</returns>
    public static IReadOnlyList<ModelThroughput> Measure(
        IEnumerable<KeyValuePair<string, Func<IWholeModelRequest>>> models,
        Workload workload,
        InterleavedTimer timer,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var requests = new List<(string Name, IWholeModelRequest Request)>();
        try
        {
            foreach ((string name, Func<IWholeModelRequest> create) in models)
            {
                cancellationToken.ThrowIfCancellationRequested();
                requests.Add((name, create()));
            }
            // A model's decode follows its prefill, whose KV cache it continues.
            Action[] work = [.. requests.SelectMany(model => new Action[] { model.Request.Prefill, model.Request.Decode })];
            double[][] samples = timer.Measure(work, progress, cancellationToken);
            return [.. requests.Select((model, i) => new ModelThroughput(
                model.Name,
                workload,
                Timing.Of(samples[2 * i].Select(sample => sample / model.Request.Copies)),
                workload.GeneratedTokens == 0
                    ? Timing.Zero
                    : Timing.Of(samples[(2 * i) + 1].Select(sample => sample / model.Request.Copies / workload.GeneratedTokens))))];
        }
        finally
        {
            requests.ForEach(model => model.Request.Dispose());
        }
    }
}
