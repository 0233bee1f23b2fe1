using Puzzle.Distillation;

namespace Puzzle.Tests.Training;

/// <summary>Cancels a training when it reports its n-th unit of work.</summary>
internal sealed class CancelAt(int completed, CancellationTokenSource cancellation) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Completed >= completed)
            cancellation.Cancel();
    }
}
