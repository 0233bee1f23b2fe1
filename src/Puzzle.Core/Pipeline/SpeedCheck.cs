using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Pipeline;

/// <summary>A chosen architecture, what its summed costs promise, and how fast the whole model ran beside the parent.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Predicted">The sum of its profiled costs.</param>
/// <param name="PredictedParent">The parent's.</param>
/// <param name="Measured">The measured child.</param>
/// <param name="MeasuredParent">The parent, measured in the same run.</param>
public sealed record SpeedCheck(
    Architecture Architecture, BlockCost Predicted, BlockCost PredictedParent, ModelThroughput Measured, ModelThroughput MeasuredParent)
{
    /// <summary>Gets how many times faster than the parent the sum of costs says it is.</summary>
    public double PredictedSpeedup =>
        PredictedParent.RuntimeMilliseconds(Measured.Workload) / Predicted.RuntimeMilliseconds(Measured.Workload);

    /// <summary>Gets how many times faster than the parent it ran.</summary>
    public double MeasuredSpeedup => MeasuredParent.RequestMilliseconds / Measured.RequestMilliseconds;
}
