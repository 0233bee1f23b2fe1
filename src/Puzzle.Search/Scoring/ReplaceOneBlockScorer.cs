using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Replace-1-block scores (paper section 4.1): the parent with one composed block put in, measured as a whole model,
/// by default by KL(parent || child) and next-token loss.
/// </summary>
/// <remarks>
/// Layers are visited in order with one rolling boundary, so a candidate at layer i costs layers i to the last only; the
/// candidates of a layer that share an attention variant share its output; the parent's outputs are computed once.
/// Scores beside other blocks than the parent's are always measured, whatever the mode.
/// A stored score that has more metrics than asked for is a known score; one that has fewer is completed.
/// </remarks>
public sealed class ReplaceOneBlockScorer : IBlockScorer
{
    private readonly ScoringOptions _options;

    /// <summary>Creates the scorer.</summary>
    /// <param name="options">How; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public ReplaceOneBlockScorer(ScoringOptions? options = null)
    {
        _options = OptionsCheck.Valid(options);
        Metrics = _options.NamedMetrics;
    }

    /// <inheritdoc/>
    public string Settings => OptionsText.Of(this, _options, nameof(ScoringOptions.Workers));

    /// <inheritdoc/>
    public IReadOnlyList<ScoreMetric> Metrics { get; }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlockScore> ScoreAsync(ScoringRequest request, CancellationToken cancellationToken = default)
    {
        var exact = new ExactScores(request, _options);
        return _options.Mode == ScoringMode.Additive && request.Beside is null
            ? new AdditiveScores(request, exact, Metrics).ScoreAsync(cancellationToken)
            : exact.ScoreAsync(request.Candidates, exact.Windows, cancellationToken: cancellationToken);
    }
}
