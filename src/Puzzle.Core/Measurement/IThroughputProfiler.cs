using Puzzle.Models;

namespace Puzzle.Measurement;

/// <summary>Measures (or computes) what each alternative costs on the target hardware (paper section 4.2).</summary>
public interface IThroughputProfiler
{
    /// <summary>Gets what its results depend on besides what it is given, as one line: kind and settings. A run keeps what it found as long
    /// as this stays the same.</summary>
    /// <value>The type's name by default.</value>
    string Settings => GetType().FullName ?? GetType().Name;

    /// <summary>Profiles every config of a request.</summary>
    /// <param name="request">What to profile, under which workload.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between measurements.</param>
    Task<CostTable> ProfileAsync(
        ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Measures whole models side by side, where and how their parts were profiled: the check of what the summed costs
    /// promise.</summary>
    /// <param name="models">Named models; not disposed.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between measurements.</param>
    /// <returns>One result per model, in their order; null, the default, where costs are computed or imported and no model can be run, or
    /// where a model is streamed from disk and would be timed reading it.</returns>
    Task<IReadOnlyList<ModelThroughput>?> MeasureAsync(
        IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> models, Workload workload, IProgress<double>? progress = null,
            CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<ModelThroughput>?>(null);
}
