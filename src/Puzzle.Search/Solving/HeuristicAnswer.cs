namespace Puzzle.Search.Solving;

/// <summary>What solvers that prove nothing answer.</summary>
internal static class HeuristicAnswer
{
    public static SearchResult From(SearchProblem problem, IReadOnlyList<LayerChoice>? choices, string solver, TimeSpan elapsed)
        => choices is not null && AnswerBuilder.IsValid(problem, choices)
            ? AnswerBuilder.Answer(problem, choices, double.NaN, solver, elapsed)
            : new SearchResult { Status = SearchStatus.Unsolved, Solver = solver, Elapsed = elapsed };

    public static ChoiceModel MultipleChoice(SearchProblem problem, string solver)
    {
        ChoiceModel model = ChoiceModelBuilder.Build(problem);
        return model.IsMultipleChoice
            ? model
            : throw new NotSupportedException($"The {solver} solver does not take variants that stand for several layers.");
    }
}
