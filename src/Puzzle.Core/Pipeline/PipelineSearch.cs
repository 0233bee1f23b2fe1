using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>The search of a run as it stands: repeated with other candidates, and with bounds that measured speeds correct.</summary>
internal sealed class PipelineSearch(PuzzleRequest request, PipelineRun run, CostTable costs, ScoreObjective objective)
{
    private readonly List<SpeedCheck> _checks = [];
    private IReadOnlyList<IReadOnlyList<BlockVariant>> _candidates = [];
    private ScoredLibrary? _library;
    private SearchProblem? _problem;
    private SearchResult? _answer;

    /// <summary>Gets the speed checks made so far.</summary>
    public IReadOnlyList<SpeedCheck> Checks => _checks;

    /// <summary>Gets the candidates with their scores and costs.</summary>
    public ScoredLibrary Library => _library ?? throw NotRun();

    /// <summary>Gets the problem that <see cref="Answer"/> solves.</summary>
    public SearchProblem Problem => _problem ?? throw NotRun();

    /// <summary>Gets the last answer.</summary>
    public SearchResult Answer => _answer ?? throw NotRun();

    /// <summary>Scores the blocks that variants make and searches among them.</summary>
    public async Task RunAsync(IReadOnlyList<SubblockVariant> variants)
    {
        _candidates = BlockComposition.Compose(request.SearchSpace, variants);
        IReadOnlyDictionary<string, BlockScore> scores = await run.ScoreAsync(_candidates, costs).ConfigureAwait(false);
        _problem = SearchProblemFactory.Create(_candidates, scores, objective, costs, request.Target);
        _library = SearchProblemFactory.CreateLibrary(_candidates, scores, costs);
        _answer = await run.SolveAsync(_problem, _candidates).ConfigureAwait(false);
    }

    /// <summary>Measures the answer whole and searches again where it misses a bound on time.</summary>
    /// <param name="corrections">The most searches.</param>
    public async Task CorrectAsync(int corrections)
    {
        while (await run.CheckSpeedAsync(BlocksOf(Answer), costs).ConfigureAwait(false) is { } check)
        {
            _checks.Add(check);
            var measured = new CorrectedBounds(check, request.Target);
            if (measured.AreMet || _checks.Count > corrections || measured.Correct(Problem) is not { } corrected)
                break;
            SearchResult other = await run.SolveAsync(corrected, _candidates).ConfigureAwait(false);
            if (!other.HasAnswer)
                break;
            (_problem, _answer) = (corrected, other);
        }
    }

    /// <summary>Says whether an answer's child meets the target's bounds on time when it is measured whole; it does where no time is
    /// bounded or nothing can be measured.</summary>
    /// <param name="answer">The answer; its check counts as the last where it is met.</param>
    /// <param name="measures">Whether children are measured.</param>
    public async Task<(bool IsMet, SpeedCheck? Check)> MeetsTargetAsync(SearchResult answer, bool measures)
    {
        if (!measures || !CorrectedBounds.Concern(Problem.Constraints)
            || await run.CheckSpeedAsync(BlocksOf(answer), costs).ConfigureAwait(false) is not { } check)
            return (true, null);
        bool isMet = new CorrectedBounds(check, request.Target).AreMet;
        if (isMet)
            _checks.Add(check);
        return (isMet, check);
    }

    /// <summary>Gives the blocks that an answer chose.</summary>
    public IReadOnlyList<BlockVariant> BlocksOf(SearchResult result) =>
        [.. result.Choice.Select(choice => _candidates[choice.Layer][choice.VariantIndex])];

    private static InvalidOperationException NotRun() => new("The search was not run.");
}
