using Puzzle.Deployment.Generation;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>Measures whole exported models side by side: interleaved in one run, so that their ratio holds on a machine whose speed
/// changes.</summary>
/// <remarks>
/// Decode runs every generated token at its real context; choosing tokens is not part of the time. A model smaller than twice the
/// last-level cache is loaded several times and the copies take turns, so that its weights come from memory as they do in
/// <see cref="OnnxThroughputProfiler"/>; see <see cref="TimingOptions.CacheBytes"/>.
/// </remarks>
/// <param name="options">Rounds, the length of samples and how cold weights are; threads are the loaded models' own. The defaults if
/// null.</param>
/// <param name="clock">Where timestamps come from; the system if null.</param>
public sealed class OnnxThroughputMeter(OnnxProfilingOptions? options = null, TimeProvider? clock = null)
{
    private readonly OnnxProfilingOptions _options = OptionsCheck.Valid(options);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Measures models.</summary>
    /// <param name="models">Named models; not disposed.</param>
    /// <param name="workload">The workload; its types are not looked at, each model has its own.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops within a sample.</param>
    /// <returns>One result per model, in their order.</returns>
    /// <exception cref="ArgumentException">There is no model, or the workload is longer than a model's positions.</exception>
    public Task<IReadOnlyList<ModelThroughput>> MeasureAsync(
        IReadOnlyList<KeyValuePair<string, OnnxTextGenerator>> models,
        Workload workload,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        WholeModelMeasurement.Check(models, workload, model => model.MaxPositions);
        InterleavedTimer timer = _options.Timer(_clock, () => { });
        return WorkThread.RunAsync(
            () => WholeModelMeasurement.Measure(
                models, workload, model => new OnnxModelRequest(model.Decoder, workload, _options, cancellationToken), timer, progress,
                cancellationToken),
            cancellationToken);
    }
}
