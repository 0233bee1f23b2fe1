using Puzzle.Checkpoints;
using Puzzle.Distillation.Losses;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>Trains a model on text by next-token prediction: how a parent is made. Resumable, bit for bit.</summary>
public sealed class LanguageModelTrainer
{
    // 4: recipes name the device.
    private const int Version = 4;
    private readonly LanguageModelTrainingOptions _options;

    /// <summary>Creates the trainer.</summary>
    /// <param name="options">How; read once; the defaults if null.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of range.</exception>
    public LanguageModelTrainer(LanguageModelTrainingOptions? options = null) => _options = OptionsCheck.Valid(options);

    /// <summary>Trains a model in place.</summary>
    /// <param name="model">A 32-bit CPU model.</param>
    /// <param name="data">Training windows.</param>
    /// <param name="heldOut">Windows for the held-out loss; null to skip it.</param>
    /// <param name="checkpointPath">The file that makes it resumable, started from the same weights; null to keep none.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellationToken">Stops within a step, after writing a checkpoint of the steps before it.</param>
    /// <returns>The loss curve.</returns>
    /// <exception cref="ArgumentException">The text has a larger vocabulary than the model.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient was not finite.</exception>
    public IReadOnlyList<LossRecord> Train(
        CausalLanguageModel model,
        PackedTokenDataset data,
        PackedTokenDataset? heldOut = null,
        string? checkpointPath = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        VocabularyCheck.Require("The text", data.VocabularySize, model.Config, nameof(data));
        using var scope = NewDisposeScope();
        int workers = TorchWorkers.On(model.Device, Math.Min(_options.Workers, _options.BatchSize));
        using var trainer = new ModelTrainer(
            model, new AdamWOptions(WeightDecay: _options.WeightDecay), _options.MaxGradientNorm, workers, muon: _options.Muon);
        var loop = new TrainingLoop
        {
            What = "training on text",
            Schedule = new LearningRateSchedule(
                _options.LearningRate, _options.WarmupSteps, _options.Steps, _options.FinalLearningRateShare),
            Recipe = RecipeOf(model, data, heldOut, workers, cancellationToken),
            CheckpointPath = checkpointPath,
            CheckpointEvery = _options.CheckpointEvery,
            EvaluateEvery = _options.EvaluateEvery,
            HeldOutLoss = heldOut is null ? null : (trained, token) => LanguageModelLoss.Mean(trained, heldOut, workers, token),
        };
        return loop.Run(
            model,
            trainer,
            (step, replica, worker) =>
            {
                (int start, int end) = BatchShare.Of(_options.BatchSize, workers, worker);
                Tensor ids = TokenBatch.OfWindows(data, data.WindowsOf(step, _options.BatchSize).AsSpan(start..end), model.Device);
                double share = (end - start) / (double)_options.BatchSize;
                return LanguageModelLoss.Backward(replica.Model, ids, share, cancellationToken) * share;
            },
            progress,
            cancellationToken).Curve;
    }

    private Recipe RecipeOf(
        CausalLanguageModel model, PackedTokenDataset data, PackedTokenDataset? heldOut, int workers,
        CancellationToken cancellationToken) =>
        new Recipe("training on text", Version)
        .With("Model", Fingerprint.Of(CheckpointFingerprint.Describe(model.Config)))
        .With("Weights", WeightsDigest.Of(
            model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal), cancellationToken))
        .With("Device", DeviceName.Of(model.Device))
        .With("Data", data.Fingerprint)
        .With("HeldOut", heldOut?.Fingerprint)
        .WithOptions(_options, (nameof(_options.Workers), workers));
}
