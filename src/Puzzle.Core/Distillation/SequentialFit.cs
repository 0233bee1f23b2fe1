namespace Puzzle.Distillation;

/// <summary>What came of fitting a child's output matrices, layer by layer on its own inputs, before its global distillation.</summary>
/// <param name="Ending">How it ended.</param>
public sealed record SequentialFit(SequentialFitEnding Ending)
{
    /// <summary>Gets why nothing was fitted; null where something was.</summary>
    public string? Reason { get; init; }

    /// <summary>Gets the windows of the training text that were fitted on.</summary>
    public int Windows { get; init; }

    /// <summary>Gets the other windows of it, which chose between the child before and after.</summary>
    public int GuardWindows { get; init; }

    /// <summary>Gets the number of layers of which something was fitted.</summary>
    public int Layers { get; init; }

    /// <summary>Gets KL(parent || child) in nats on the guard windows before the fit; null if it is not finite.</summary>
    public double? KlBefore { get; init; }

    /// <summary>Gets the same after the fit, of the fitted child even where it was not kept; null if it is not finite.</summary>
    public double? KlAfter { get; init; }
}
