using Puzzle.Foundation;
using Puzzle.Native;
using Puzzle.Measurement;
using Puzzle.Models;
using TorchSharp;

namespace Puzzle.Search.Profiling;

/// <summary>Measures whole models side by side: interleaved in one run, so that their ratio holds on a machine whose speed
/// changes.</summary>
/// <remarks>Decode runs every generated token at its real context; choosing tokens is not part of the time.</remarks>
/// <param name="options">Threads, rounds and the length of samples; the device is the models' own. The defaults if null.</param>
/// <param name="clock">Where timestamps come from; the system if null.</param>
public sealed class ThroughputMeter(ProfilingOptions? options = null, TimeProvider? clock = null)
{
    private readonly ProfilingOptions _options = OptionsCheck.Valid(options);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Measures models.</summary>
    /// <param name="models">Named models, on one device; not disposed.</param>
    /// <param name="workload">The workload; computed in each model's own type.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    /// <returns>One result per model, in their order.</returns>
    /// <exception cref="ArgumentException">There is no model, they are on several devices, or the workload is longer than a model's
    /// positions.</exception>
    public Task<IReadOnlyList<ModelThroughput>> MeasureAsync(
        IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> models,
        Workload workload,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        WholeModelMeasurement.Check(models, workload, model => model.Config.MaxPositions);
        torch.Device device = models[0].Value.Device;
        if (models.Any(model => !DeviceName.IsSame(model.Value.Device, device)))
            throw new ArgumentException("Models to compare are all on one device.", nameof(models));
        if (options is not null)
            DeviceName.RequireSame(_options.TorchDevice, device);
        InterleavedTimer timer = _options.Timer(_clock, TimingThread.Synchronizer(device));
        return TimingThread.RunAsync(
            _options.Threads,
            _ => WholeModelMeasurement.Measure(
                models, workload, model => new TorchModelRequest(model, workload), timer, progress, cancellationToken),
            cancellationToken);
    }
}
