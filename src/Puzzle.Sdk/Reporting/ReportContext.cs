using Puzzle.Measurement;

namespace Puzzle.Reporting;

/// <summary>What a report tells beyond what the run found.</summary>
public sealed record ReportContext
{
    /// <summary>Gets the target in words.</summary>
    public required string Target { get; init; }

    /// <summary>Gets the command that repeats the run; null if it was not a command.</summary>
    public string? Command { get; init; }

    /// <summary>Gets when the run ended.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Gets the fingerprints of parent and text, by name.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the seeds that decided splits and orders, by name.</summary>
    public IReadOnlyDictionary<string, string> Seeds { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets texts by parent and child.</summary>
    public IReadOnlyList<SampleText> Samples { get; init; } = [];

    /// <summary>Gets the best architectures by speed-up; null if they were not computed.</summary>
    public FrontierReport? Frontier { get; init; }

    /// <summary>Gets the quality on text that the run did not split off, such as text the parent did not write.</summary>
    public QualityPair? Foreign { get; init; }

    /// <summary>Gets the quality with the weights that the target's engine runs; null where those are not quantized.</summary>
    public QualityPair? Quantized { get; init; }

    /// <summary>Gets the speeds in the target's engine where that is not torch; the run's own speeds are then those in torch.</summary>
    public IReadOnlyList<ModelThroughput>? EngineSpeeds { get; init; }
}
