using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>The training loop of a whole model: schedule, evaluation, checkpoints, resume, cancellation.</summary>
internal sealed class TrainingLoop
{
    /// <summary>Gets what is trained, for messages.</summary>
    public required string What { get; init; }

    /// <summary>Gets the steps and their learning rates.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>Gets what everything the result depends on hashes to; a checkpoint of another fingerprint is ignored.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Gets the checkpoint file; null to keep none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Gets the steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>Gets the steps between held-out evaluations; the last step always has one.</summary>
    public int EvaluateEvery { get; init; } = 100;

    /// <summary>Gets the held-out loss of a model; null to skip evaluation.</summary>
    public Func<CausalLanguageModel, double>? HeldOutLoss { get; init; }

    /// <summary>Trains from the last checkpoint, if any, to the last step.</summary>
    /// <param name="model">The model, trained in place.</param>
    /// <param name="trainer">Its trainer.</param>
    /// <param name="backward">Accumulates one worker's gradients for a step and returns its share of the loss: (step, replica, worker).</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellationToken">Stops between steps, after writing a checkpoint.</param>
    /// <returns>The loss curve.</returns>
    public IReadOnlyList<LossRecord> Run(
        CausalLanguageModel model,
        ModelTrainer trainer,
        Func<int, CausalLanguageModel, int, double> backward,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        List<LossRecord> curve = (CheckpointPath is null ? null : TrainingCheckpoint.TryRestore(CheckpointPath, Fingerprint, model, trainer.Optimizer)) ?? [];
        int total = Schedule.TotalSteps;
        for (int step = (int)trainer.Optimizer.Steps; step < total; step++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Save(model, trainer, curve);
                cancellationToken.ThrowIfCancellationRequested();
            }
            double loss;
            using (var scope = NewDisposeScope())
                loss = trainer.Step(What, step, Schedule.At(step), (replica, worker) => backward(step, replica, worker));

            bool last = step == total - 1;
            double? heldOut = HeldOutLoss is not null && (last || (step + 1) % EvaluateEvery == 0) ? HeldOutLoss(model) : null;
            curve.Add(new LossRecord(step, loss, heldOut));
            if (last || (step + 1) % CheckpointEvery == 0)
                Save(model, trainer, curve);
            progress?.Report(new TrainingProgress(What, step + 1, total, loss, heldOut));
        }
        return curve;
    }

    private void Save(CausalLanguageModel model, ModelTrainer trainer, List<LossRecord> curve)
    {
        if (CheckpointPath is not null)
            TrainingCheckpoint.Save(CheckpointPath, Fingerprint, model, trainer.Optimizer, curve);
    }
}
