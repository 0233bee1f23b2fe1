namespace Puzzle.Search.Solving;

/// <summary>The best architecture that has the same variant, by name, in every layer; equals go to the variant listed first.</summary>
/// <param name="time">The clock; the system's when null.</param>
public sealed class UniformArchitectureSolver(TimeProvider? time = null) : IArchitectureSolver
{
    private const string Name = "uniform";
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <inheritdoc/>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        cancellationToken.ThrowIfCancellationRequested();
        long start = _time.GetTimestamp();
        ChoiceModel model = HeuristicAnswer.MultipleChoice(
            problem with { Restrictions = [.. problem.Restrictions, TiedLayers.All(problem.Layers.Count)] }, Name);
        LayerChoice[]? best = Enumerable.Range(0, model.Items)
            .OrderBy(item => model.Scores[item]).ThenBy(item => item)
            .Select(item => model.Choices([item]))
            .FirstOrDefault(choices => AnswerBuilder.IsValid(problem, choices));
        return HeuristicAnswer.From(problem, best, Name, _time.GetElapsedTime(start));
    }
}
