using Puzzle.Deployment.Generation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>Measures whole exported models side by side: interleaved in one run, so that their ratio holds on a machine whose speed changes.</summary>
/// <remarks>Decode runs every generated token at its real context; choosing tokens is not part of the time.</remarks>
/// <param name="options">Rounds and the length of samples; threads are the loaded models' own. The defaults if null.</param>
/// <param name="clock">Where timestamps come from; the system if null.</param>
public sealed class OnnxThroughputMeter(OnnxProfilingOptions? options = null, TimeProvider? clock = null)
{
    private readonly OnnxProfilingOptions _options = options ?? new OnnxProfilingOptions();
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Measures models.</summary>
    /// <param name="models">Named models; not disposed.</param>
    /// <param name="workload">The workload; its types are not looked at, each model has its own.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    /// <returns>One result per model, in their order.</returns>
    /// <exception cref="ArgumentException">There is no model, or the workload is longer than a model's positions.</exception>
    public Task<IReadOnlyList<ModelThroughput>> MeasureAsync(
        IReadOnlyList<KeyValuePair<string, OnnxTextGenerator>> models,
        Workload workload,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(workload);
        _options.Validate();
        workload.Validate();
        if (models.Count == 0)
            throw new ArgumentException("There is no model to measure.", nameof(models));
        foreach ((string name, OnnxTextGenerator model) in models)
        {
            if (workload.SequenceTokens > model.MaxPositions)
                throw new ArgumentException($"The workload has sequences of {workload.SequenceTokens} tokens; model '{name}' holds {model.MaxPositions} positions.", nameof(workload));
        }
        return Task.Factory.StartNew(
            () => Measure(models, workload, progress, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    private IReadOnlyList<ModelThroughput> Measure(
        IReadOnlyList<KeyValuePair<string, OnnxTextGenerator>> models, Workload workload, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var requests = new List<WholeModelRequest>();
        try
        {
            requests.AddRange(models.Select(model => new WholeModelRequest(model.Value.Decoder, workload)));
            // A model's decode follows its prefill, whose KV cache it continues.
            Action[] work = [.. requests.SelectMany(request => new Action[] { request.Prefill, request.Decode })];
            var timer = new InterleavedTimer(_clock, _options.Rounds, _options.MinimumSample, () => { }, settle: true);
            double[][] samples = timer.Measure(work, progress, cancellationToken);
            return [.. models.Select((model, i) => new ModelThroughput(
                model.Key,
                workload,
                Timing.Of(samples[2 * i]),
                workload.GeneratedTokens == 0 ? Timing.Zero : Timing.Of(samples[(2 * i) + 1].Select(sample => sample / workload.GeneratedTokens))))];
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }
}
