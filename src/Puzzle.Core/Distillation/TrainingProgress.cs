namespace Puzzle.Distillation;

/// <summary>Where a training stands.</summary>
/// <param name="What">What is trained, for example <c>blockwise distillation</c>.</param>
/// <param name="Completed">Units of work done: steps, or variants.</param>
/// <param name="Total">Units of work in all.</param>
/// <param name="Loss">The last training loss; null before the first.</param>
/// <param name="HeldOutLoss">The last held-out loss; null before the first.</param>
public sealed record TrainingProgress(string What, int Completed, int Total, double? Loss = null, double? HeldOutLoss = null)
{
    /// <summary>Gets why work that was done before is done anew: the inputs that differ, see <see cref="Foundation.Recipe.Explain"/>; null
    /// by default.</summary>
    public string? Anew { get; init; }

    /// <summary>Gets the tokens that were trained on since the last report; 0 where they are not counted.</summary>
    public long Tokens { get; init; }
}
