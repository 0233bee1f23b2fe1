using Puzzle.Foundation;
using Puzzle.Library;
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

    /// <summary>Gets everything the result depends on; a checkpoint of another recipe is ignored.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>Gets who trains the same model; nobody else by default. The first keeps checkpoints and the best weights.</summary>
    public TrainingRanks Ranks { get; init; } = new();

    /// <summary>Gets the checkpoint file; null to keep none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Gets the steps between checkpoints; null for none by steps.</summary>
    public int? CheckpointEvery { get; init; }

    /// <summary>Gets the time between checkpoints.</summary>
    public TimeSpan CheckpointInterval { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Gets how long the state may take to be written once the training is canceled; then the one before stays.</summary>
    public TimeSpan CancellationGrace { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Gets the clock that both are measured by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets the steps between held-out evaluations; the last step always has one.</summary>
    public int EvaluateEvery { get; init; } = 100;

    /// <summary>Gets the held-out loss of a model, the same on every rank; null to skip evaluation.</summary>
    public Func<CausalLanguageModel, CancellationToken, double>? HeldOutLoss { get; init; }

    /// <summary>Gets a value indicating whether the model ends with the weights of the lowest held-out loss instead of the last
    /// ones.</summary>
    public bool KeepBest { get; init; }

    /// <summary>Gets the evaluations without a new lowest held-out loss after which training stops; null to take every step.</summary>
    public int? Patience { get; init; }

    /// <summary>Gets the tokens of a step, for progress; 0 if they are not counted.</summary>
    public long TokensPerStep { get; init; }

    /// <summary>Gets what changes the model before its first step and says what it did, which checkpoints keep; null for nothing. It is
    /// not done again where training goes on from a checkpoint.</summary>
    public Func<CancellationToken, string?>? Prepare { get; init; }

    /// <summary>Trains from the first rank's last checkpoint, if any, to the last step.</summary>
    /// <param name="model">The model, trained in place.</param>
    /// <param name="trainer">Its trainer.</param>
    /// <param name="backward">Accumulates one worker's gradients for a step and returns its share of the loss: (step, replica,
    /// worker).</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellationToken">Stops between steps, and within them where this is the only rank, after writing a
    /// checkpoint.</param>
    /// <returns>The loss curve, and what <see cref="Prepare"/> said.</returns>
    /// <exception cref="IOException">Another process trains with the same checkpoint, or it cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">A loss was not finite; the state before that step is in the model and in the
    /// checkpoint.</exception>
    public TrainingState Run(
        CausalLanguageModel model,
        ModelTrainer trainer,
        Func<int, TrainingReplica, int, double> backward,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        Ranks.RequireSame(Recipe);
        using FileLock? held = StatePath is null ? null : Lock(StatePath);
        using BestWeights? best = Ranks.IsFirst ? CreateBest() : null;
        TrainingState started = Ranks.Begin(() => Begin(model, trainer, best, progress, cancellationToken), model, trainer.Optimizer);
        int total = Schedule.TotalSteps;
        List<LossRecord> curve = started.Curve;
        var state = new State(this, model, trainer, started, best, cancellationToken);
        state.CatchUp(total);
        long saved = Time.GetTimestamp();
        for (int step = (int)trainer.Optimizer.Steps; step < total && !HasStalled(curve); step++)
        {
            Ranks.EndIfCanceled(state.Save, cancellationToken);
            LossRecord record = state.Step(step, total, backward);
            bool last = step == total - 1 || HasStalled(curve);
            if (last || IsDue(step, saved))
            {
                state.Save();
                saved = Time.GetTimestamp();
            }
            Report(record, last ? step + 1 : total, progress);
        }
        // No rank is done before the last state is saved.
        Ranks.Meet();
        best?.Restore(model);
        if (KeepBest && HeldOutLoss is not null)
            Ranks.Share(model);
        return started;
    }

    private string? StatePath => Ranks.IsFirst ? CheckpointPath : null;

    private TrainingState Begin(
        CausalLanguageModel model, ModelTrainer trainer, BestWeights? best, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        string? anew = WhyAnew();
        TrainingState? found = Restore(model, trainer, best, cancellationToken);
        if (found is not { Curve.Count: > 0 })
            ReportAnew(anew, progress);
        return found ?? new TrainingState([], Prepare?.Invoke(cancellationToken));
    }

    private BestWeights? CreateBest() => KeepBest && HeldOutLoss is not null ? new BestWeights() : null;

    private void Report(LossRecord record, int total, IProgress<TrainingProgress>? progress) => progress?.Report(
        new TrainingProgress(What, record.Step + 1, total, record.Loss, record.HeldOutLoss) { Tokens = TokensPerStep });

    private void ReportAnew(string? anew, IProgress<TrainingProgress>? progress)
    {
        if (anew is not null)
            progress?.Report(new TrainingProgress(What, 0, Schedule.TotalSteps) { Anew = anew });
    }

    private bool IsEvaluated(int step, int total) => HeldOutLoss is not null && (step == total - 1 || (step + 1) % EvaluateEvery == 0);

    private double Evaluate(int step, CausalLanguageModel model, CancellationToken cancellationToken)
    {
        double loss = HeldOutLoss!(model, cancellationToken);
        return double.IsFinite(loss) ? loss : throw Ranks.OfAll(new TrainingDivergedException($"{What} (held-out loss)", step, loss));
    }

    private static double Lowest(List<LossRecord> curve) => curve.Min(record => record.HeldOutLoss) ?? double.PositiveInfinity;

    private TrainingState? Restore(
        CausalLanguageModel model, ModelTrainer trainer, BestWeights? best, CancellationToken cancellationToken) => CheckpointPath is null
        ? null
        : TrainingCheckpoint.TryRestore(
            CheckpointPath, Recipe, model, trainer.Optimizer, best, Schedule.TotalSteps, cancellationToken);

    private static FileLock Lock(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        return FileLock.Take(Path.Combine(folder, Path.GetFileName(path) + ".lock"), $"The training state {path}");
    }

    private string? WhyAnew() =>
        CheckpointPath is not null && TrainingCheckpoint.ReadRecipe(CheckpointPath) is { } other && !other.Equals(Recipe)
        ? string.Join("; ", Recipe.Explain(other))
        : null;

    private bool IsDue(int step, long saved) =>
        (CheckpointEvery is { } every && (step + 1) % every == 0)
        || (CheckpointInterval != Timeout.InfiniteTimeSpan && Time.GetElapsedTime(saved) >= CheckpointInterval);

    // A function of the curve alone, so that a resumed run stops where an uninterrupted one does.
    private bool HasStalled(List<LossRecord> curve)
    {
        if (Patience is not { } patience)
            return false;
        double[] heldOut = [.. curve.Select(record => record.HeldOutLoss).OfType<double>()];
        return heldOut.Length > 0 && heldOut.Length - 1 - Array.IndexOf(heldOut, heldOut.Min()) >= patience;
    }

    /// <summary>What a run changes, and its checkpoint.</summary>
    private sealed class State(
        TrainingLoop loop, CausalLanguageModel model, ModelTrainer trainer, TrainingState state, BestWeights? best,
        CancellationToken cancellationToken)
    {
        private long _savedSteps = -1;

        // Several ranks end between steps, together.
        private bool IsAlone => loop.Ranks.Count == 1;

        private CancellationToken Within => IsAlone ? cancellationToken : CancellationToken.None;

        /// <summary>Takes a step and evaluates where that is due; canceled in between, the state of what is done is saved.</summary>
        public LossRecord Step(int step, int total, Func<int, TrainingReplica, int, double> backward)
        {
            using var scope = NewDisposeScope();
            double loss = OrSaved(
                () => trainer.Step(loop.What, step, loop.Schedule.At(step), (replica, worker) => backward(step, replica, worker)));
            state.Curve.Add(new LossRecord(step, loss));
            if (loop.IsEvaluated(step, total))
                EvaluateLast();
            return state.Curve[^1];
        }

        /// <summary>Makes up for the evaluation that a canceled run did not get to.</summary>
        public void CatchUp(int total)
        {
            if (state.Curve is not [.., { HeldOutLoss: null } last] || !loop.IsEvaluated(last.Step, total))
                return;
            EvaluateLast();
            Save();
        }

        /// <summary>Writes the checkpoint, unless it holds this state already. Once the training is canceled it is written for the grace
        /// only.</summary>
        public void Save()
        {
            if (loop.StatePath is not { } path || _savedSteps == trainer.Optimizer.Steps)
                return;
            using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, loop.Time);
            using CancellationTokenRegistration canceled = cancellationToken.Register(() => EndAfterGrace(late));
            try
            {
                TrainingCheckpoint.Save(
                    path, loop.Recipe, model, trainer.Optimizer, state.Curve, best, state.Prepared, late.Token);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
            _savedSteps = trainer.Optimizer.Steps;
        }

        // A timer of no time at all still fires later, on another thread.
        private void EndAfterGrace(CancellationTokenSource late)
        {
            if (loop.CancellationGrace == TimeSpan.Zero)
                late.Cancel();
            else
                late.CancelAfter(loop.CancellationGrace);
        }

        private void EvaluateLast()
        {
            LossRecord last = state.Curve[^1];
            double heldOut = OrSaved(() => loop.Evaluate(last.Step, model, Within));
            if (heldOut < Lowest(state.Curve))
                best?.Take(model);
            state.Curve[^1] = last with { HeldOutLoss = heldOut };
        }

        // A step that ends early changes no weight; an evaluation that does is made up for.
        private double OrSaved(Func<double> work)
        {
            try
            {
                return work();
            }
            catch (Exception ended) when (ended is TrainingDivergedException || (ended is OperationCanceledException && IsAlone))
            {
                Save();
                throw;
            }
        }
    }
}
