using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Replace-1-block scores that spend their windows where choices are close: all candidates on a few windows, then ever fewer on
/// ever more. A candidate that is both worse and not cheaper, or that no trade-off of score against cost would choose, gets no more.
/// </summary>
/// <remarks>
/// The request has to say what candidates cost. Candidates of the last round have the exact score that
/// <see cref="ReplaceOneBlockScorer"/> gives. The others' metrics are estimates on all windows: their mean on the windows they
/// were measured on, corrected by what the most similar candidate of the last round scored on all of them; their fingerprint
/// says so. <see cref="BlockScore.Samples"/> holds the windows that were measured. A stopped run continues from the library.
/// Candidates put beside other blocks than the parent's are few and get every window.
/// </remarks>
public sealed class SuccessiveHalvingScorer : IBlockScorer
{
    private const int Version = 2;
    private readonly ScoringOptions _scoring;
    private readonly SuccessiveHalvingOptions _options;
    private readonly ScoreObjective _objective;

    /// <summary>Creates the scorer.</summary>
    /// <param name="scoring">How scores are computed; read once; the defaults if null. The mode has to be
    /// <see cref="ScoringMode.Composed"/>.</param>
    /// <param name="options">On how many windows; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">The objective names a metric that is not computed, or the mode is additive.</exception>
    public SuccessiveHalvingScorer(ScoringOptions? scoring = null, SuccessiveHalvingOptions? options = null)
    {
        (_scoring, _options) = (OptionsCheck.Valid(scoring), OptionsCheck.Valid(options));
        if (_scoring.Mode != ScoringMode.Composed)
            throw new ArgumentException(
                $"Successive halving measures composed blocks; the scoring mode is {_scoring.Mode}.", nameof(scoring));
        Metrics = _scoring.NamedMetrics;
        _objective = ScoreObjective.Parse(_options.Objective, Metrics);
    }

    /// <inheritdoc/>
    public string Settings => $"{OptionsText.Of(this, _options)} {OptionsText.Of(this, _scoring, nameof(ScoringOptions.Workers))}";

    /// <inheritdoc/>
    public IReadOnlyList<ScoreMetric> Metrics { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request does not say what candidates cost.</exception>
    public async IAsyncEnumerable<BlockScore> ScoreAsync(
        ScoringRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var exact = new ExactScores(request, _scoring);
        if (request.Beside is not null)
        {
            await foreach (BlockScore score in exact.ScoreAsync(request.Candidates, exact.Windows, cancellationToken: cancellationToken)
                .ConfigureAwait(false))
                yield return score;
            yield break;
        }
        CostTable costs = request.Costs
            ?? throw new ArgumentException("Successive halving needs to know what candidates cost.", nameof(request));
        var measured = new Dictionary<string, HalvingPoint>(StringComparer.Ordinal);
        IReadOnlyList<BlockVariant> alive = [.. request.Candidates.DistinctBy(candidate => candidate.Id)];
        for (int windows = 0; windows < exact.Windows && alive.Count > 0;)
        {
            int before = windows;
            windows = (int)Math.Min(exact.Windows, windows == 0 ? _options.FirstWindows : (long)windows * _options.Growth);
            Dictionary<string, BlockVariant> byId = alive.ToDictionary(candidate => candidate.Id, StringComparer.Ordinal);
            await foreach (BlockScore score in exact.ScoreAsync(alive, windows, before, cancellationToken).ConfigureAwait(false))
            {
                measured[score.BlockId] = Point(byId[score.BlockId], costs, score);
                if (windows == exact.Windows)
                    yield return score;
            }
            if (windows < exact.Windows)
            {
                alive = [.. alive.GroupBy(candidate => candidate.Layer)
                    .SelectMany(layer => HalvingSelection.Choose([.. layer.Select(candidate => measured[candidate.Id])], _options))
                    .Select(point => point.Block)];
            }
        }
        foreach (IGrouping<int, HalvingPoint> layer in measured.Values.GroupBy(point => point.Block.Layer))
        {
            HalvingPoint[] finished = [.. layer.Where(point => point.Harm.Length == exact.Windows)];
            foreach (HalvingPoint point in layer.Where(point => point.Harm.Length < exact.Windows))
                yield return Estimate(point, finished);
        }
    }

    private HalvingPoint Point(BlockVariant block, CostTable costs, BlockScore score)
    {
        IReadOnlyDictionary<CostName, double> all = costs[block.Config].ByName(costs.Workload);
        double sign = _objective.Direction == ObjectiveDirection.Maximize ? -1 : 1;
        IReadOnlyDictionary<string, IReadOnlyList<double>> samples = score.Samples!;
        return new HalvingPoint(
            block,
            [.. _options.Costs.Select(name => all.TryGetValue(new CostName(name), out double cost)
                ? cost
                : throw new ArgumentException($"There is no cost named '{name}'; there are {string.Join(", ", all.Keys)}."))],
            score,
            [
                .. Enumerable.Range(0, samples[Metrics[0].Name].Count)
                    .Select(window => sign * _objective.ValueOf(name => samples[name][window])),
            ]);
    }

    /// <summary>Estimates what a dropped candidate would score on all windows.</summary>
    private BlockScore Estimate(HalvingPoint point, HalvingPoint[] finished)
    {
        int windows = point.Harm.Length;
        HalvingPoint similar = finished.MinBy(other => Math.Abs(other.Harm.Take(windows).Average() - point.Mean))!;
        return point.Score with
        {
            DataFingerprint = new Recipe("estimated scores", Version)
                .With("Measured", point.Score.DataFingerprint)
                    .With("Similar", similar.Score.DataFingerprint)
                    .With("SimilarBlock", similar.Score.BlockId).Fingerprint,
            Metrics = Metrics.ToDictionary(metric => metric.Name, metric =>
                point.Score.Metrics[metric.Name]
                    + similar.Score.Metrics[metric.Name] - similar.Score.Samples![metric.Name].Take(windows).Average()),
        };
    }
}
