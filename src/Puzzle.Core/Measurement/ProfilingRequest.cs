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

    /// <summary>Gets how the parent's routers use the experts of <see cref="Ffn"/> on text, which decides what mixtures of experts take;
    /// null if all experts are used alike.</summary>
    public ExpertUsage? ExpertUsage { get; init; }
}
