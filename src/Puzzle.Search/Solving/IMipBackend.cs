namespace Puzzle.Search.Solving;

/// <summary>
/// A mixed-integer solver. Its answer may break a row by the solver's tolerance, and its bound holds only as exactly as it computes.
/// </summary>
internal interface IMipBackend
{
    /// <summary>Solves a model; the items of the outcome are those of the model's source.</summary>
    SearchOutcome Solve(BackendModel model, TimeSpan timeLimit, double relativeGap, CancellationToken cancellationToken);
}
