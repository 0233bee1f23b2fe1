namespace Puzzle.Library;

/// <summary>What a variant's training started from, where there was a choice, and what decided it.</summary>
/// <param name="Name">The start that was taken: <see cref="ClosedForm"/> or <see cref="Paper"/>.</param>
/// <param name="PaperLoss">The held-out block loss of the paper's start; null if it was not measured.</param>
/// <param name="ClosedFormLoss">The held-out block loss of the closed-form start; null if it was not measured.</param>
/// <param name="IsKept">Whether the variant still is as it started, because training made its held-out loss no lower.</param>
public sealed record VariantStart(string Name, double? PaperLoss = null, double? ClosedFormLoss = null, bool IsKept = false)
{
    /// <summary>The name of the paper's start (appendix A).</summary>
    public const string Paper = "paper";

    /// <summary>The name of the closed-form start.</summary>
    public const string ClosedForm = "closed-form";

    /// <summary>Gets the held-out block loss of the start that was taken; null if it was not measured.</summary>
    public double? HeldOutLoss => Name == Paper ? PaperLoss : ClosedFormLoss;
}
