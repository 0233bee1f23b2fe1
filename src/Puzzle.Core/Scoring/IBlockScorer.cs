using Puzzle.Library;
using Puzzle.Measurement;

namespace Puzzle.Scoring;

/// <summary>Measures what replacing one block of the parent does to the whole model.</summary>
public interface IBlockScorer
{
    /// <summary>Gets what its results depend on besides what it is given, as one line: kind and settings. A run keeps what it found as long
    /// as this stays the same.</summary>
    /// <value>The type's name by default.</value>
    string Settings => GetType().FullName ?? GetType().Name;

    /// <summary>Gets the metrics every score holds.</summary>
    IReadOnlyList<ScoreMetric> Metrics { get; }

    /// <summary>Scores candidates, yielding each as soon as it is known so that it can be stored.</summary>
    /// <param name="request">Parent, candidates and data; scores already in the request's library are yielded without being computed
    /// again.</param>
    /// <param name="cancellationToken">Stops between candidates.</param>
    IAsyncEnumerable<BlockScore> ScoreAsync(ScoringRequest request, CancellationToken cancellationToken = default);
}
