using System.Runtime.CompilerServices;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Text;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Measured scores of blocks put into a model one at a time, from the library where it has them. A score that lacks a
/// metric is completed; one on fewer windows is continued.
/// </summary>
internal sealed class ExactScores
{
    // 2: recipes name the device and the batch size.
    private const int Version = 2;
    private readonly ScoringRequest _request;
    private readonly ScoringOptions _options;
    private readonly WindowMetrics _metrics;

    /// <param name="request">Parent, library, data and the model that candidates are put into.</param>
    /// <param name="options">How.</param>
    public ExactScores(ScoringRequest request, ScoringOptions options)
    {
        ArgumentNullException.ThrowIfNull(request);
        VocabularyCheck.Require("The text", request.Data.VocabularySize, request.Parent.Config, nameof(request));
        ScoreRecipe.CheckBeside(request);
        (_request, _options) = (request, options);
        _metrics = new WindowMetrics(options.NamedMetrics);
    }

    /// <summary>Gets the number of windows that a whole score is measured on.</summary>
    public int Windows => Math.Min(_options.MaxWindows, _request.Data.Count);

    /// <summary>Gets who is asked before each candidate; null if all are this process's.</summary>
    public SharedCandidates? Shared { get; init; }

    /// <summary>Gives the recipe of scores at a layer.</summary>
    public Recipe RecipeOf(int layer, int windows) => ScoreRecipe.Of("replace-1-block scores", Version, _request, layer)
        .With("Data", _request.Data.Fingerprint)
        .WithOptions(_options, (nameof(_options.MaxWindows), windows));

    /// <summary>Gives scores on the first windows of the data, those of the library at once.</summary>
    /// <param name="candidates">The blocks.</param>
    /// <param name="windows">How many windows.</param>
    /// <param name="continued">Scores on so many windows are continued where the library has them; 0 for none.</param>
    /// <param name="cancellationToken">Stops between candidates.</param>
    public async IAsyncEnumerable<BlockScore> ScoreAsync(
        IReadOnlyList<BlockVariant> candidates, int windows, int continued = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pending = new List<(BlockVariant Candidate, BlockScore? Start)>();
        foreach (BlockVariant candidate in candidates)
        {
            BlockScore? known = Find(candidate, windows);
            if (IsComplete(known))
                yield return known!;
            else
                pending.Add((candidate, continued > 0 && Find(candidate, continued) is { } start && IsComplete(start) ? start : null));
        }
        if (pending.Count == 0)
            yield break;

        await foreach (BlockScore score in ScoreStream.Of(Score, cancellationToken).ConfigureAwait(false))
            yield return score;

        void Score(Action<BlockScore> found, CancellationToken stop)
        {
            foreach (var group in pending.GroupBy(item => item.Start is null ? 0 : continued))
                Measure([.. group], group.Key, windows, found, stop);
        }
    }

    /// <summary>Says whether a score has every metric, with its samples.</summary>
    public bool IsComplete(BlockScore? score) => score?.Samples is not null
        && _metrics.Metrics.All(metric => score.Metrics.ContainsKey(metric.Name) && score.Samples.ContainsKey(metric.Name));

    private BlockScore? Find(BlockVariant candidate, int windows) =>
        _request.Library.FindScore(candidate.Id, RecipeOf(candidate.Layer, windows).Fingerprint);

    private void Measure(
        IReadOnlyList<(BlockVariant Candidate, BlockScore? Start)> pending, int first, int windows, Action<BlockScore> found,
        CancellationToken cancellationToken)
    {
        ILookup<string, BlockScore?> starts = pending.ToLookup(item => item.Candidate.Id, item => item.Start);
        new WindowSweep(_request, _metrics, _options, Shared)
            .Run([.. pending.Select(item => item.Candidate)], first, windows, (candidate, values) =>
        {
            BlockScore score = Complete(candidate, windows, starts[candidate.Id].First(), values);
            _request.Library.AddScore(score);
            Shared?.Complete(candidate);
            found(score);
        }, cancellationToken);
    }

    // What the library knows of other metrics stays in the score that replaces it.
    private BlockScore Complete(BlockVariant candidate, int windows, BlockScore? start, double[][] values)
    {
        BlockScore? known = Find(candidate, windows);
        var means = new Dictionary<string, double>(known?.Metrics ?? new Dictionary<string, double>());
        var samples = new Dictionary<string, IReadOnlyList<double>>(known?.Samples ?? new Dictionary<string, IReadOnlyList<double>>());
        foreach ((int i, ScoreMetric metric) in _metrics.Metrics.Index())
        {
            double[] all = [.. start?.Samples![metric.Name] ?? [], .. values[i]];
            means[metric.Name] = all.Average();
            samples[metric.Name] = all;
        }
        Recipe recipe = RecipeOf(candidate.Layer, windows);
        _request.Library.AddRecipe(recipe);
        return new BlockScore(candidate.Id, candidate.Layer, candidate.Config.Name, recipe.Fingerprint, means, samples);
    }
}
