using Microsoft.Extensions.Options;
using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Pipeline;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Global;

/// <summary>Heals an assembled child by global knowledge distillation (paper section 4.3). Resumable, bit for bit.</summary>
public sealed class GlobalDistiller : IDistiller
{
    private const string Version = "global-1";
    private readonly GlobalDistillationOptions _options;

    /// <summary>Creates the distiller.</summary>
    /// <param name="options">Loss weights and training settings; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public GlobalDistiller(GlobalDistillationOptions? options = null) => _options = OptionsCheck.Valid(options);

    /// <inheritdoc/>
    public Task<DistillationResult> DistillAsync(DistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request is not GlobalDistillationRequest global)
            throw new ArgumentException($"Global distillation takes a {nameof(GlobalDistillationRequest)}; got {request.GetType().Name}.", nameof(request));
        if (global.Child.Config.VocabularySize != global.Parent.Config.VocabularySize || global.Child.Config.Layers != global.Parent.Config.Layers)
            throw new ArgumentException("Parent and child must have the same vocabulary and number of layers.", nameof(request));
        if (global.Data.VocabularySize > global.Parent.Config.VocabularySize)
            throw new ArgumentException($"The text has a vocabulary of {global.Data.VocabularySize}; the parent's is {global.Parent.Config.VocabularySize}.", nameof(request));
        if (_options.CosineWeight == 0 && _options.KlWeight == 0 && _options.LanguageModelWeight == 0)
            throw new ArgumentException("All loss weights are zero.", nameof(request));
        return DedicatedThread.Run(() => Distil(global, progress, cancellationToken));
    }

    private DistillationResult Distil(GlobalDistillationRequest request, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        if (_options.Steps == 0)
            return new DistillationResult([], []);
        using var scope = NewDisposeScope();
        int workers = Math.Min(_options.Workers, _options.BatchSize);
        int length = request.Data.SequenceLength;
        using var trainer = new ModelTrainer(request.Child, new AdamWOptions(WeightDecay: _options.WeightDecay), _options.MaxGradientNorm, workers);
        using var loss = new DistillationLoss(_options, (long)_options.BatchSize * length, (long)_options.BatchSize * (length - 1));
        var loop = new TrainingLoop
        {
            What = "global distillation",
            Schedule = new LearningRateSchedule(_options.LearningRate, (int)(_options.Steps * _options.WarmupShare), _options.Steps, FinalShare: 0.05),
            Fingerprint = Fingerprint.Of(
                Version, request.ParentFingerprint, request.ChildFingerprint, request.Data.Fingerprint, request.HeldOut?.Fingerprint,
                _options.Steps, _options.BatchSize, _options.LearningRate, _options.WarmupShare, _options.WeightDecay, _options.MaxGradientNorm,
                _options.CosineWeight, _options.KlWeight, _options.LanguageModelWeight, _options.Temperature, _options.EvaluateEvery, workers),
            CheckpointPath = request.CheckpointPath,
            CheckpointEvery = _options.CheckpointEvery,
            EvaluateEvery = _options.EvaluateEvery,
            HeldOutLoss = request.HeldOut is null
                ? null
                : child => ModelEvaluator.Evaluate(child, request.Parent, request.HeldOut, workers, cancellationToken: CancellationToken.None).KlDivergence,
        };
        IReadOnlyList<LossRecord> curve = loop.Run(
            request.Child,
            trainer,
            (step, replica, worker) =>
            {
                (int start, int end) = BatchShare.Of(_options.BatchSize, workers, worker);
                Tensor ids = TokenBatch.OfWindows(request.Data, request.Data.WindowsOf(step, _options.BatchSize).AsSpan(start..end), request.Child.Device);
                return loss.Backward(replica, request.Parent, ids);
            },
            progress,
            cancellationToken);
        return new DistillationResult([], curve);
    }
}
