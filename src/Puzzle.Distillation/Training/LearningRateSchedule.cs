namespace Puzzle.Distillation.Training;

/// <summary>Linear warmup, then a cosine down to a share of the peak.</summary>
/// <param name="Peak">The highest learning rate.</param>
/// <param name="WarmupSteps">Steps until the peak.</param>
/// <param name="TotalSteps">Steps in all.</param>
/// <param name="FinalShare">The last learning rate as a share of the peak; 0.1 by default.</param>
public sealed record LearningRateSchedule(double Peak, int WarmupSteps, int TotalSteps, double FinalShare = 0.1)
{
    /// <summary>Gives the learning rate of a step.</summary>
    /// <param name="step">The step, 0-based.</param>
    public double At(int step)
    {
        if (step < WarmupSteps)
            return Peak * (step + 1) / WarmupSteps;
        double progress = Math.Clamp((step - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps), 0, 1);
        return Peak * (FinalShare + ((1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
