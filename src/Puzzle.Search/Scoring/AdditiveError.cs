using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Scoring;

namespace Puzzle.Search.Scoring;

/// <summary>What a composed block scores when measured, beside the sum of its halves' changes.</summary>
/// <param name="Block">The block.</param>
/// <param name="Additive">Its score as <see cref="ScoringMode.Additive"/> gives it.</param>
/// <param name="Exact">Its measured score.</param>
public sealed record AdditiveError(BlockVariant Block, BlockScore Additive, BlockScore Exact)
{
    /// <summary>Gives how much too high the additive score is.</summary>
    /// <param name="metric">The metric's name.</param>
    public double Excess(string metric) => Additive.Metrics[metric] - Exact.Metrics[metric];

    /// <summary>Scores blocks both ways, for example those that a search on additive scores chose.</summary>
    /// <param name="request">The blocks as candidates.</param>
    /// <param name="options">How; the mode does not matter.</param>
    /// <param name="cancellationToken">Stops between candidates.</param>
    /// <returns>In the candidates' order.</returns>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public static async Task<IReadOnlyList<AdditiveError>> MeasureAsync(
        ScoringRequest request, ScoringOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = OptionsCheck.Valid(options);
        var exact = new ExactScores(request, options);
        Dictionary<string, BlockScore> measured = await CollectAsync(
            exact.ScoreAsync(request.Candidates, exact.Windows, cancellationToken: cancellationToken)).ConfigureAwait(false);
        Dictionary<string, BlockScore> added = await CollectAsync(
            new AdditiveScores(request, exact, options.NamedMetrics).ScoreAsync(cancellationToken)).ConfigureAwait(false);
        return [.. request.Candidates.Select(block => new AdditiveError(block, added[block.Id], measured[block.Id]))];
    }

    private static async Task<Dictionary<string, BlockScore>> CollectAsync(IAsyncEnumerable<BlockScore> scores)
    {
        var byId = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        await foreach (BlockScore score in scores.ConfigureAwait(false))
            byId[score.BlockId] = score;
        return byId;
    }
}
