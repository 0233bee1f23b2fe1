using Puzzle.Distillation;

namespace Puzzle.Tests.Training;

/// <summary>Hands on every report at once, on the reporting thread.</summary>
internal sealed class ImmediateProgress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => report(value);
}
