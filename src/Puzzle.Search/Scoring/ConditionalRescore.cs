using Microsoft.Extensions.Options;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Pipeline;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Scores variants beside the other layers' chosen blocks instead of the parent's. Sums of replace-1-block scores mislead
/// where much is removed; around the chosen architecture the sum of conditional scores is exact for any single change.
/// </summary>
public sealed class ConditionalRescore
{
    private readonly ScoringOptions _scoring;
    private readonly ConditionalRescoreOptions _options;

    /// <summary>Creates the scorer.</summary>
    /// <param name="scoring">How scores are computed; read once; the defaults if null. Conditional scores are always measured, whatever the mode.</param>
    /// <param name="options">How far <see cref="SolveAsync"/> goes; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public ConditionalRescore(ScoringOptions? scoring = null, ConditionalRescoreOptions? options = null) =>
        (_scoring, _options) = (OptionsCheck.Valid(scoring), OptionsCheck.Valid(options));

    /// <summary>Scores candidates put into an architecture one at a time. With the parent's own architecture these are the replace-1-block scores.</summary>
    /// <param name="request">Parent, library, candidates and data.</param>
    /// <param name="choice">The architecture: one block per layer, layer 0 first.</param>
    /// <param name="cancellationToken">Stops between candidates.</param>
    /// <exception cref="ArgumentException">The choice has not one block per layer.</exception>
    public IAsyncEnumerable<BlockScore> ScoreAsync(ScoringRequest request, IReadOnlyList<BlockVariant> choice, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(choice);
        var exact = new ExactScores(request, _scoring, choice);
        return exact.ScoreAsync(request.Candidates, exact.Windows, cancellationToken: cancellationToken);
    }

    /// <summary>Solves, scores again around the answer and solves again, until the choice is stable or measures no better.</summary>
    /// <param name="request">The search and what it is made of.</param>
    /// <param name="solver">Solves each round's problem.</param>
    /// <param name="cancellationToken">Stops between candidates; scores that are done are in the library.</param>
    /// <returns>Every round, and the best by measured score of the whole model.</returns>
    /// <exception cref="ArgumentException">Problem and candidates do not match, or the objective needs a metric that is not computed.</exception>
    public async Task<ConditionalSearchResult> SolveAsync(ConditionalSearchRequest request, IArchitectureSolver solver, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(solver);
        Check(request);
        bool maximised = request.Problem.Direction == ObjectiveDirection.Maximize;
        var rounds = new List<ConditionalRound>();
        var chosen = new HashSet<(int Layer, int Variant)>();
        ConditionalRound? best = null;
        SearchResult result = solver.Solve(request.Problem, cancellationToken);
        while (result.HasAnswer)
        {
            if (rounds.Any(round => round.Result.Choice.SequenceEqual(result.Choice)))
                return new ConditionalSearchResult(rounds, best, result, ConditionalEnding.Stable);
            BlockVariant[] blocks = [.. result.Choice.Select(choice => request.Candidates[choice.Layer][choice.VariantIndex])];
            chosen.UnionWith(result.Choice.Select(choice => (choice.Layer, choice.VariantIndex)));
            BlockScore measured = (await ScoresAsync(request, [blocks[^1]], blocks, cancellationToken).ConfigureAwait(false)).Values.Single();
            var round = new ConditionalRound(result, blocks, measured, request.Objective.Of(measured.Metrics), 0);
            bool better = best is null || (maximised ? round.Objective > best.Objective : round.Objective < best.Objective);
            rounds.Add(round);
            best = better ? round : best;
            if (!better || rounds.Count == _options.MaxRounds)
                return new ConditionalSearchResult(rounds, best, result, better ? ConditionalEnding.MaxRounds : ConditionalEnding.NoImprovement);

            (SearchProblem problem, int rescored) = await AroundAsync(request, round, chosen, cancellationToken).ConfigureAwait(false);
            rounds[^1] = round with { Rescored = rescored };
            best = rounds[^1];
            result = solver.Solve(problem, cancellationToken);
        }
        return new ConditionalSearchResult(rounds, best, result, ConditionalEnding.NoAnswer);
    }

    /// <summary>Gives the problem whose summed score predicts the whole model's, exactly for the round's architecture and single changes of it that were scored.</summary>
    private async Task<(SearchProblem Problem, int Rescored)> AroundAsync(
        ConditionalSearchRequest request, ConditionalRound round, HashSet<(int Layer, int Variant)> chosen, CancellationToken cancellationToken)
    {
        SearchProblem first = request.Problem;
        double sign = first.Direction == ObjectiveDirection.Maximize ? -1 : 1, limit = _options.Margin * Math.Abs(round.Objective);
        List<BlockVariant> worthy = [.. request.Candidates.SelectMany((layer, index) =>
            layer.Where((_, variant) => chosen.Contains((index, variant)) || sign * Change(index, variant) <= limit))];
        Dictionary<string, BlockScore> scores = await ScoresAsync(request, worthy, round.Blocks, cancellationToken).ConfigureAwait(false);

        int layers = first.Layers.Count;
        SearchProblem problem = first with
        {
            Layers = [.. first.Layers.Select((variants, layer) => (IReadOnlyList<SearchVariant>)[.. variants.Select((variant, index) =>
            {
                double whole = scores.TryGetValue(request.Candidates[layer][index].Id, out BlockScore? score)
                    ? request.Objective.Of(score.Metrics)
                    : round.Objective + Change(layer, index);
                // Of the sum of all layers' scores, all but one count the whole model once too often.
                return variant with { Score = whole - (round.Objective * (layers - 1) / layers) };
            })])],
        };
        return (problem, worthy.Count);

        double Change(int layer, int variant) => first.Layers[layer][variant].Score - first.Layers[layer][round.Result.Choice[layer].VariantIndex].Score;
    }

    private async Task<Dictionary<string, BlockScore>> ScoresAsync(
        ConditionalSearchRequest request, IReadOnlyList<BlockVariant> candidates, IReadOnlyList<BlockVariant> choice, CancellationToken cancellationToken)
    {
        var scores = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        await foreach (BlockScore score in ScoreAsync(new ScoringRequest(request.Parent, request.Library, candidates, request.Data), choice, cancellationToken).ConfigureAwait(false))
            scores[score.BlockId] = score;
        return scores;
    }

    private void Check(ConditionalSearchRequest request)
    {
        SearchProblem problem = request.Problem;
        if (problem.Layers.Count != request.Candidates.Count || problem.Layers.Where((variants, layer) => variants.Count != request.Candidates[layer].Count).Any())
            throw new ArgumentException("The problem has not one variant per candidate.", nameof(request));
        if (problem.Layers.Any(variants => variants.Any(variant => variant.Span != 1)))
            throw new ArgumentException("A variant that stands for several layers cannot be scored again.", nameof(request));
        if (problem.Direction != request.Objective.Direction)
            throw new ArgumentException($"The problem is to {problem.Direction}; the objective {request.Objective} is to {request.Objective.Direction}.", nameof(request));
        if (request.Objective.Terms.FirstOrDefault(term => !_scoring.Metrics.Contains(term.Metric.Name)) is { } missing)
            throw new ArgumentException($"The objective {request.Objective} needs {missing.Metric.Name}; computed are {string.Join(", ", _scoring.Metrics)}.", nameof(request));
    }
}
