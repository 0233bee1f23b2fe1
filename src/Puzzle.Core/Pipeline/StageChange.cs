namespace Puzzle.Pipeline;

/// <summary>A stage that will be made anew because inputs are others than when the work folder was last used. What was made before
/// stays.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Inputs">The changed inputs that it depends on, in plain words.</param>
public sealed record StageChange(PuzzleStage Stage, IReadOnlyList<string> Inputs)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Stage}: made anew where it depends on {string.Join(", ", Inputs)}";
}
