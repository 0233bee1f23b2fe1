using System.Runtime.CompilerServices;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;

namespace Puzzle.Search.Scoring;

/// <summary>Scores of blocks put together from their halves': what each subblock variant changes beside the parent's other half, added up
/// on every window.</summary>
internal sealed class AdditiveScores(ScoringRequest request, ExactScores exact, IReadOnlyList<ScoreMetric> metrics)
{
    private const int Version = 2;
    private readonly Dictionary<(int, SubblockKind), SubblockVariant> _own = [];

    /// <summary>Gives the score of every candidate as soon as its halves' are known; the library keeps both kinds, under fingerprints of
    /// their own.</summary>
    public async IAsyncEnumerable<BlockScore> ScoreAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var waiting = new List<Halves>();
        foreach (BlockVariant candidate in request.Candidates)
        {
            if (request.Library.FindScore(candidate.Id, RecipeOf(candidate.Layer).Fingerprint) is { } known && exact.IsComplete(known))
                yield return known;
            else
                waiting.Add(Split(candidate));
        }
        BlockVariant[] measured = [.. waiting.SelectMany(halves => halves.Measured).DistinctBy(block => block.Id)];
        var scores = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        await foreach (BlockScore score
            in exact.ScoreAsync(measured, exact.Windows, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            scores[score.BlockId] = score;
            foreach (Halves halves in waiting.Where(halves => halves.Candidate.Layer == score.Layer && halves.AreIn(scores)).ToList())
            {
                waiting.Remove(halves);
                BlockScore sum = Sum(halves, scores);
                request.Library.AddScore(sum);
                yield return sum;
            }
        }
    }

    private Recipe RecipeOf(int layer) => new Recipe("additive scores", Version).With("Halves", exact.RecipeOf(layer, exact.Windows));

    private Halves Split(BlockVariant candidate)
    {
        SubblockVariant attention = Own(candidate.Layer, SubblockKind.Attention), ffn = Own(candidate.Layer, SubblockKind.Ffn);
        return new Halves(
            candidate, new BlockVariant(candidate.Attention, ffn), new BlockVariant(attention, candidate.Ffn),
            new BlockVariant(attention, ffn));
    }

    private SubblockVariant Own(int layer, SubblockKind kind) => _own.TryGetValue((layer, kind), out SubblockVariant? own)
        ? own
        : _own[(layer, kind)] = SubblockVariant.OfParent(request.Parent, layer, kind);

    private BlockScore Sum(Halves halves, Dictionary<string, BlockScore> scores)
    {
        (BlockVariant candidate, _, _, _) = halves;
        (BlockScore attention, BlockScore ffn, BlockScore own) = (scores[halves.AttentionId], scores[halves.FfnId], scores[halves.OwnId]);
        var samples = metrics.ToDictionary(metric => metric.Name, metric => (IReadOnlyList<double>)[..
            attention.Samples![metric.Name].Zip(ffn.Samples![metric.Name], own.Samples![metric.Name]).Select(values =>
                // A candidate that changes one half only is measured as it is: its sum is exact.
                candidate.Attention.IsParent
                    ? values.Second
                    : candidate.Ffn.IsParent
                    ? values.First
                    : values.First + (values.Second - values.Third))]);
        Recipe recipe = RecipeOf(candidate.Layer);
        request.Library.AddRecipe(recipe);
        return new BlockScore(
            candidate.Id, candidate.Layer, candidate.Config.Name, recipe.Fingerprint,
            samples.ToDictionary(metric => metric.Key, metric => metric.Value.Average()), samples);
    }

    /// <summary>A candidate, and what is measured for it.</summary>
    private sealed record Halves(BlockVariant Candidate, BlockVariant WithAttention, BlockVariant WithFfn, BlockVariant Own)
    {
        public string AttentionId { get; } = WithAttention.Id;

        public string FfnId { get; } = WithFfn.Id;

        public string OwnId { get; } = Own.Id;

        public IEnumerable<BlockVariant> Measured => [WithAttention, WithFfn, Own];

        public bool AreIn(Dictionary<string, BlockScore> scores) =>
            scores.ContainsKey(AttentionId) && scores.ContainsKey(FfnId) && scores.ContainsKey(OwnId);
    }
}
