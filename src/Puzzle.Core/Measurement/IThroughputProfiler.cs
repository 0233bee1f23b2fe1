namespace Puzzle.Measurement;

/// <summary>Measures (or computes) what each alternative costs on the target hardware (paper section 4.2).</summary>
public interface IThroughputProfiler
{
    /// <summary>Profiles every config of a request.</summary>
    /// <param name="request">What to profile, under which workload.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between measurements.</param>
    Task<CostTable> ProfileAsync(ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default);
}
