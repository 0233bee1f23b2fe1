namespace Puzzle.Search.Solving;

/// <summary>Solves a choice model, except some choices found wrong before.</summary>
internal interface IMipBackend
{
    MipOutcome Solve(ChoiceModel model, IReadOnlyList<int[]> excluded, TimeSpan timeLimit, double relativeGap, CancellationToken cancellationToken);
}
