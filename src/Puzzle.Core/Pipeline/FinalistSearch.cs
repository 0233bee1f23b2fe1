using Puzzle.Architectures;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>
/// Tries near-optimal architectures whole, because sums of replace-1-block scores rank but do not predict: all as assembled, then the
/// better half again and again, healed a little, until one is left. All trials together take a stated share of global distillation's
/// steps.
/// </summary>
internal sealed class FinalistSearch(PipelineRun run, PipelineSearch search, PuzzleOptions options)
{
    /// <summary>Finds the finalists, the search's own answer first, and tries them.</summary>
    /// <returns>The answer to take, and what became of each finalist.</returns>
    public async Task<(SearchResult Chosen, IReadOnlyList<Finalist> Finalists)> RunAsync()
    {
        List<Entry> entries = await EnterAsync().ConfigureAwait(false);
        if (entries.Count == 1)
            return (search.Answer, []);
        await TryAsync(entries, stepShare: 0).ConfigureAwait(false);
        List<Entry> left = BetterHalf(entries);
        int rounds = Rounds(left.Count);
        while (left.Count > 1 && options.FinalistShare > 0)
        {
            await TryAsync(left, options.FinalistShare / rounds / left.Count).ConfigureAwait(false);
            left = BetterHalf(left);
        }
        Entry chosen = await FastEnoughAsync(entries).ConfigureAwait(false);
        return (chosen.Result, [.. entries.Select(entry => new Finalist(
            new Architecture([.. search.BlocksOf(entry.Result).Select(block => block.Config)]), search.Problem.ScoreOf(entry.Result.Choice),
            entry.Trials) { Speed = entry.Speed, IsChosen = entry == chosen })]);
    }

    private async Task<List<Entry>> EnterAsync()
    {
        var entries = new List<Entry> { new(search.Answer) };
        SearchProblem problem = search.Problem;
        double best = problem.ScoreOf(search.Answer.Choice);
        while (entries.Count < options.Finalists)
        {
            SearchResult next = await run.SolveAsync(problem with
            {
                PreviousArchitectures = [.. problem.PreviousArchitectures, .. entries.Select(entry => entry.Result.Choice)],
                MinimumDistance = Math.Min(options.FinalistDistance, problem.Layers.Count),
            }).ConfigureAwait(false);
            if (!next.HasAnswer || Math.Abs(problem.ScoreOf(next.Choice) - best) > options.FinalistGap * Math.Abs(best))
                break;
            entries.Add(new Entry(next));
        }
        return entries;
    }

    private async Task TryAsync(IEnumerable<Entry> entries, double stepShare)
    {
        foreach (Entry entry in entries)
            entry.Trials.Add(await run.Trials.RunAsync(search.BlocksOf(entry.Result), stepShare).ConfigureAwait(false));
    }

    // The rounds in which something is healed.
    private static int Rounds(int count)
    {
        int rounds = 0;
        for (; count > 1; count = (count + 1) / 2)
            rounds++;
        return rounds;
    }

    // Of equally good ones the earlier, which has the better summed score.
    private static List<Entry> BetterHalf(List<Entry> entries) =>
        [.. entries.OrderBy(entry => entry.Last).Take((entries.Count + 1) / 2)];

    // The best that meets the target when it is measured whole; the search's own answer was measured already.
    private async Task<Entry> FastEnoughAsync(List<Entry> entries)
    {
        foreach (Entry entry in entries.OrderByDescending(entry => entry.Trials.Count).ThenBy(entry => entry.Last))
        {
            if (entry == entries[0])
                return entry;
            (bool isMet, entry.Speed) = await search.MeetsTargetAsync(entry.Result, options.SpeedCorrections > 0).ConfigureAwait(false);
            if (isMet)
                return entry;
        }
        return entries[0];
    }

    /// <summary>An answer and its trials so far.</summary>
    private sealed class Entry(SearchResult result)
    {
        public SearchResult Result => result;

        public List<FinalistTrial> Trials { get; } = [];

        public SpeedCheck? Speed { get; set; }

        // A child whose outputs are not finite is the worst.
        public double Last => double.IsFinite(Trials[^1].KlDivergence) ? Trials[^1].KlDivergence : double.PositiveInfinity;
    }
}
