namespace Puzzle.Measurement;

/// <summary>The meter of every engine: times whole models side by side.</summary>
internal static class WholeModelMeasurement
{
    /// <summary>Checks that models can be measured.</summary>
    /// <param name="models">Named models.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="maxPositions">Gives the positions that a model holds.</param>
    /// <exception cref="ArgumentException">There is no model, or the workload is longer than a model's positions.</exception>
    public static void Check<TModel>(
        IReadOnlyList<KeyValuePair<string, TModel>> models, Workload workload, Func<TModel, int> maxPositions)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(workload);
        workload.Validate();
        if (models.Count == 0)
            throw new ArgumentException("There is no model to measure.", nameof(models));
        foreach ((string name, TModel model) in models)
            Check(name, maxPositions(model), workload);
    }

    /// <summary>Checks that a model holds a workload's sequences.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="maxPositions">The positions it holds.</param>
    /// <param name="workload">The workload.</param>
    public static void Check(string name, int maxPositions, Workload workload)
    {
        if (workload.SequenceTokens > maxPositions)
            throw new ArgumentException(
                $"The workload has sequences of {workload.SequenceTokens} tokens (prompt {workload.PromptTokens}, generated "
                + $"{workload.GeneratedTokens}); '{name}' holds {maxPositions} positions.",
                nameof(workload));
    }

    /// <summary>Measures models.</summary>
    /// <param name="models">Named models; not disposed.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="requestTo">Creates the request to a model.</param>
    /// <param name="timer">Takes the samples.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    /// <returns>One result per model, in their order.</returns>
    public static IReadOnlyList<ModelThroughput> Measure<TModel>(
        IReadOnlyList<KeyValuePair<string, TModel>> models,
        Workload workload,
        Func<TModel, IWholeModelRequest> requestTo,
        InterleavedTimer timer,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var requests = new List<(string Name, IWholeModelRequest Request)>();
        try
        {
            foreach ((string name, TModel model) in models)
            {
                cancellationToken.ThrowIfCancellationRequested();
                requests.Add((name, requestTo(model)));
            }
            // A model's decode follows its prefill, whose KV cache it continues.
            Action[] work = [.. requests.SelectMany(model => new Action[] { model.Request.Prefill, model.Request.Decode })];
            double[][] samples = timer.Measure(work, progress, cancellationToken);
            return [.. requests.Select((model, i) =>
            {
                int copies = model.Request.Copies, steps = workload.GeneratedTokens;
                return new ModelThroughput(
                    model.Name,
                    workload,
                    Timing.FromSamples(samples[2 * i].Select(sample => sample / copies)),
                    steps == 0 ? Timing.Zero : Timing.FromSamples(samples[(2 * i) + 1].Select(sample => sample / copies / steps)));
            })];
        }
        finally
        {
            requests.ForEach(model => model.Request.Dispose());
        }
    }
}
