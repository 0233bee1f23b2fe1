using Puzzle.Architectures;

namespace Puzzle.Measurement;

/// <summary>What to profile.</summary>
/// <param name="Model">The parent's shape: sizes shared by all alternatives.</param>
/// <param name="Attention">The attention configs, each once.</param>
/// <param name="Ffn">The FFN configs, each once.</param>
/// <param name="Workload">The workload.</param>
public sealed record ProfilingRequest(
    ModelConfig Model,
    IReadOnlyCollection<AttentionConfig> Attention,
    IReadOnlyCollection<FfnConfig> Ffn,
    Workload Workload)
{
    /// <summary>Gets the folder where a profiler keeps the times it measures, if its options name none; null for nowhere.</summary>
    public string? CacheFolder { get; init; }
}
