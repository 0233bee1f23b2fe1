using System.Globalization;

namespace Puzzle.Distillation;

/// <summary>A loss or gradient was not finite; the weights are those of the last good step.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="what">What was being trained.</param>
    /// <param name="step">The step that failed, 0-based.</param>
    /// <param name="loss">Its loss.</param>
    public TrainingDivergedException(string what, int step, double loss)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"{what} diverged at step {step}: loss {loss}. The weights of the last good step are kept; lower the learning rate.")) =>
        (Step, Loss) = (step, loss);

    /// <summary>Gets the step that failed, 0-based.</summary>
    public int Step { get; }

    /// <summary>Gets the loss of that step.</summary>
    public double Loss { get; }
}
