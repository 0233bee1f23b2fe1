using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>
/// Scores variants beside the other layers' chosen blocks instead of the parent's. Sums of replace-1-block scores mislead
/// where much is removed; around the chosen architecture the sum of conditional scores is exact for any single change.
/// </summary>
public sealed class ConditionalRescore
{
    private readonly IBlockScorer _scorer;
    private readonly ConditionalRescoreOptions _options;

    /// <summary>Creates the search.</summary>
    /// <param name="scorer">Scores candidates beside chosen blocks, see <see cref="ScoringRequest.Beside"/>.</param>
    /// <param name="options">How far it goes; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public ConditionalRescore(IBlockScorer scorer, ConditionalRescoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        (_scorer, _options) = (scorer, OptionsCheck.Valid(options));
    }

    /// <summary>Solves, scores again around the answer and solves again, until no change of the best architecture measures
    /// better.</summary>
    /// <remarks>
    /// Where the next architecture measures no better than the best, the prediction does not reach that far: each change is then
    /// asked to promise some improvement of its own, and ever more, so that fewer layers change at once.
    /// </remarks>
    /// <param name="request">The search and what it is made of.</param>
    /// <param name="solver">Solves each problem.</param>
    /// <param name="cancellationToken">Stops between candidates; scores that are done are in the library.</param>
    /// <returns>
    /// Every architecture that was measured, and the best of them by measured score of the whole model. After the first, answers are
    /// feasible without a bound: their objective is a prediction.
    /// </returns>
    /// <exception cref="ArgumentException">Problem and candidates do not match, or the objective needs a metric that is not
    /// computed.</exception>
    public async Task<ConditionalSearchResult> SolveAsync(
        ConditionalSearchRequest request, IArchitectureSolver solver, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(solver);
        Check(request);
        var rounds = new List<ConditionalRound>();
        SearchResult first = solver.Solve(request.Problem, cancellationToken);
        if (!first.HasAnswer)
            return new ConditionalSearchResult(rounds, null, first, ConditionalEnding.NoAnswer);
        ConditionalRound best = await MeasureAsync(request, first, cancellationToken).ConfigureAwait(false);
        rounds.Add(best);
        for (int rescored = 0; rescored < _options.MaxRounds; rescored++)
        {
            SearchProblem problem = await AroundAsync(request, best, rounds, cancellationToken).ConfigureAwait(false);
            if (await ImproveAsync(request, problem, best, rounds, solver, cancellationToken).ConfigureAwait(false) is not { } better)
                return new ConditionalSearchResult(rounds, best, first, ConditionalEnding.Stable);
            best = better;
        }
        return new ConditionalSearchResult(rounds, best, first, ConditionalEnding.MaxRounds);
    }

    /// <summary>Finds an architecture that measures better than the best so far; null if no change promises to be.</summary>
    private async Task<ConditionalRound?> ImproveAsync(
        ConditionalSearchRequest request, SearchProblem problem, ConditionalRound best, List<ConditionalRound> rounds,
            IArchitectureSolver solver, CancellationToken cancellationToken)
    {
        double sign = problem.Direction == ObjectiveDirection.Maximize ? -1 : 1, asked = 0;
        while (true)
        {
            SearchResult result = solver.Solve(Asking(problem, best, sign * asked), cancellationToken);
            int changes = result.Choice.Zip(best.Result.Choice).Count(pair => pair.First != pair.Second);
            double predicted = problem.ScoreOf(result.Choice), gain = sign * (best.Objective - predicted);
            if (!result.HasAnswer || changes == 0 || gain <= 0)
                return null;
            if (!rounds.Any(round => round.Result.Choice.SequenceEqual(result.Choice)))
            {
                ConditionalRound round = await MeasureAsync(request,
                    result with { Status = SearchStatus.Feasible, Objective = predicted, Bound = double.NaN },
                    cancellationToken).ConfigureAwait(false);
                rounds.Add(round);
                if (sign * round.Objective < sign * best.Objective)
                    return round;
            }
            asked = Math.Max(2 * asked, gain / (2 * changes));
        }
    }

    /// <summary>Gives the problem in which every change of an architecture has to improve the score by as much as is asked.</summary>
    private static SearchProblem Asking(SearchProblem problem, ConditionalRound round, double asked) => problem with
    {
        Layers = [.. problem.Layers.Select((variants, layer) => (IReadOnlyList<SearchVariant>)[.. variants.Select((variant, index) =>
            index == round.Result.Choice[layer].VariantIndex ? variant : variant with { Score = variant.Score + asked })])],
    };

    /// <summary>Gives the problem whose summed score predicts the whole model's: exactly for the round's architecture and for single
    /// changes of it that were scored.</summary>
    private async Task<SearchProblem> AroundAsync(
        ConditionalSearchRequest request, ConditionalRound round, List<ConditionalRound> rounds, CancellationToken cancellationToken)
    {
        SearchProblem first = request.Problem;
        double sign = first.Direction == ObjectiveDirection.Maximize ? -1 : 1, limit = _options.Margin * Math.Abs(round.Objective);
        HashSet<LayerChoice> chosen = [.. rounds.SelectMany(one => one.Result.Choice)];
        List<BlockVariant> worthy = [.. request.Candidates.SelectMany((layer, index) => layer.Where((_, variant) =>
            chosen.Contains(new LayerChoice(index, variant, first.Layers[index][variant].Name))
                || sign * Change(index, variant) <= limit))];
        Dictionary<string, BlockScore> scores = await ScoresAsync(request, worthy, round.Blocks, cancellationToken).ConfigureAwait(false);
        round.Rescored = worthy.Count;

        int layers = first.Layers.Count;
        return first with
        {
            Layers = [.. first.Layers.Select((variants, layer) => (IReadOnlyList<SearchVariant>)[.. variants.Select((variant, index) =>
            {
                double whole = scores.TryGetValue(request.Candidates[layer][index].Id, out BlockScore? score)
                    ? request.Objective.ValueOf(score.Metrics)
                    : round.Objective + Change(layer, index);
                // Of the sum of all layers' scores, all but one count the whole model once too often.
                return variant with { Score = whole - (round.Objective * (layers - 1) / layers) };
            })])],
        };

        double Change(int layer, int variant) =>
            first.Layers[layer][variant].Score - first.Layers[layer][round.Result.Choice[layer].VariantIndex].Score;
    }

    private async Task<ConditionalRound> MeasureAsync(
        ConditionalSearchRequest request, SearchResult result, CancellationToken cancellationToken)
    {
        BlockVariant[] blocks = [.. result.Choice.Select(choice => request.Candidates[choice.Layer][choice.VariantIndex])];
        BlockScore measured = (await ScoresAsync(request, [blocks[^1]], blocks, cancellationToken).ConfigureAwait(false)).Values.Single();
        return new ConditionalRound(result, blocks, measured, request.Objective.ValueOf(measured.Metrics));
    }

    private async Task<Dictionary<string, BlockScore>> ScoresAsync(
        ConditionalSearchRequest request, IReadOnlyList<BlockVariant> candidates, IReadOnlyList<BlockVariant> choice,
            CancellationToken cancellationToken)
    {
        var scores = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        await foreach (BlockScore score in _scorer.ScoreAsync(
            new ScoringRequest(request.Parent, request.Library, candidates, request.Data) { Beside = choice }, cancellationToken)
                .ConfigureAwait(false))
            scores[score.BlockId] = score;
        return scores;
    }

    private void Check(ConditionalSearchRequest request)
    {
        SearchProblem problem = request.Problem;
        if (problem.Layers.Count != request.Candidates.Count
            || problem.Layers.Where((variants, layer) => variants.Count != request.Candidates[layer].Count).Any())
            throw new ArgumentException("The problem has not one variant per candidate.", nameof(request));
        if (problem.Layers.Any(variants => variants.Any(variant => variant.Span != 1)))
            throw new ArgumentException("A variant that stands for several layers cannot be scored again.", nameof(request));
        if (problem.Direction != request.Objective.Direction)
            throw new ArgumentException($"The problem is to {problem.Direction}; the objective {request.Objective} is to " +
                $"{request.Objective.Direction}.", nameof(request));
        if (request.Objective.Terms.FirstOrDefault(term => !_scorer.Metrics.Contains(term.Metric)) is { } missing)
            throw new ArgumentException($"The objective {request.Objective} needs {missing.Metric.Name}; computed are " +
                $"{string.Join(", ", _scorer.Metrics.Select(metric => metric.Name))}.", nameof(request));
    }
}
