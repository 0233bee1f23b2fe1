namespace Puzzle.Distillation;

/// <summary>How a fit in sequence ended.</summary>
public enum SequentialFitEnding
{
    /// <summary>The fitted child is closer to the parent on the guard windows, and is the child from there on.</summary>
    Fitted,

    /// <summary>The fitted child is not closer; the child stayed as it was.</summary>
    Kept,

    /// <summary>Nothing was fitted; see <see cref="SequentialFit.Reason"/>.</summary>
    Skipped,
}
