namespace Puzzle.Library;

/// <summary>What the parent scored with one block replaced (replace-1-block score, paper section 4.1).</summary>
/// <param name="BlockId">The identity of the block put in.</param>
/// <param name="Layer">The layer it was put at.</param>
/// <param name="Config">The block's config name, for readers.</param>
/// <param name="DataFingerprint">The fingerprint of scorer and data.</param>
/// <param name="Metrics">Mean over the data, by metric name; finite.</param>
/// <param name="Samples">The value of each sample (window), by metric name, where the scorer keeps them.</param>
public sealed record BlockScore(
    string BlockId,
    int Layer,
    string Config,
    string DataFingerprint,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<string, IReadOnlyList<double>>? Samples = null);
