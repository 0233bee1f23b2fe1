using System.Text.Json;
using Microsoft.Extensions.Options;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Global;

/// <summary>
/// Heals an assembled child by global knowledge distillation (paper section 4.3). Resumable, bit for bit. Several processes may train one
/// child together: n ranks of w workers give the bits of one process of n times w workers.
/// </summary>
public sealed class GlobalDistiller : IDistiller<GlobalDistillationRequest, GlobalDistillationResult>
{
    // 4: recipes name the device and the parent's type.
    private const int Version = 4;
    private readonly GlobalDistillationOptions _options;
    private readonly TimeProvider _time;
    private readonly IGradientReducer? _reducer;

    /// <summary>Creates the distiller.</summary>
    /// <param name="options">Loss weights and training settings; read once; the defaults if null.</param>
    /// <param name="time">Tells when a checkpoint is due; the system's clock if null.</param>
    /// <param name="reducer">The processes that train together, each given the same request; the first restores and saves. Null to train
    /// alone.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public GlobalDistiller(GlobalDistillationOptions? options = null, TimeProvider? time = null, IGradientReducer? reducer = null)
    {
        _options = OptionsCheck.Valid(options);
        _time = time ?? TimeProvider.System;
        _reducer = reducer;
    }

    /// <inheritdoc/>
    public string Settings =>
        OptionsText.Of(
            this, _options, nameof(GlobalDistillationOptions.CheckpointEvery), nameof(GlobalDistillationOptions.CheckpointInterval),
            nameof(GlobalDistillationOptions.CancellationGrace),
            nameof(GlobalDistillationOptions.RecomputeActivations));

    /// <inheritdoc/>
    public Task<GlobalDistillationResult> DistillAsync(
        GlobalDistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var ranks = new TrainingRanks(_reducer);
        return DedicatedThread.Run(() => ranks.Run(() =>
        {
            Check(request);
            return Distil(request, ranks, progress, cancellationToken);
        }));
    }

    private static void Check(GlobalDistillationRequest request)
    {
        if (request.Child.Model.Config.VocabularySize != request.Parent.Model.Config.VocabularySize
            || request.Child.Model.Config.Layers != request.Parent.Model.Config.Layers)
            throw new ArgumentException("Parent and child must have the same vocabulary and number of layers.", nameof(request));
        double later = request.LaterStages.Sum(stage => stage.StepShare);
        if (!(request.StepShare > 0 && request.StepShare <= 1))
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(request.StepShare)} is {request.StepShare}; expected above 0, at most 1."),
                nameof(request));
        if (request.LaterStages.Any(stage => !(stage.StepShare > 0)) || !(later < 1))
            throw new ArgumentException(FormattableString.Invariant(
                $"The later stages take {later} of the steps; expected shares above 0 that leave some to the first."), nameof(request));
        int positions = Math.Min(request.Parent.Model.Config.MaxPositions, request.Child.Model.Config.MaxPositions);
        foreach (PackedTokenDataset data
            in request.LaterStages.Select(stage => stage.Data).Append(request.HeldOut ?? request.Data).Append(request.Data))
        {
            VocabularyCheck.Require("The text", data.VocabularySize, request.Parent.Model.Config, nameof(request));
            if (data.SequenceLength > positions)
                throw new ArgumentException(
                    $"The text has windows of {data.SequenceLength} tokens; the models hold {positions} positions.", nameof(request));
        }
    }

    private GlobalDistillationResult Distil(
        GlobalDistillationRequest request, TrainingRanks ranks, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        CausalLanguageModel child = request.Child.Model;
        int most = (_options.BatchSize + ranks.Count - 1) / ranks.Count;
        int workers = TorchWorkers.On(child.Device, Math.Min(_options.Workers, most)), allWorkers = workers * ranks.Count;
        ScalarType compute = ComputePrecision.Resolve(_options.Precision, child);
        Recipe recipe = RecipeOf(request, allWorkers, compute);
        if (_options.Steps == 0)
            return WithoutSteps();
        int steps = Math.Max(1, (int)(_options.Steps * request.StepShare));
        using var plan = new TextPlan(request, _options, steps);
        MicroBatch microBatch = GlobalFit.Begin(request, _options, plan, workers, allWorkers, compute);
        using var trainer = new ModelTrainer(
            child, new AdamWOptions(WeightDecay: _options.WeightDecay), _options.MaxGradientNorm, workers, compute,
            _options.Muon, ranks)
        {
            MicroBatch = microBatch,
        };
        // A streamed teacher already converts what it reads; it stays as it was opened.
        using CausalLanguageModel? copy = compute == request.Parent.Model.ElementType || request.Parent.Model.IsStreamed
            ? null
            : ModelReplica.As(request.Parent.Model, compute);
        CausalLanguageModel teacher = copy ?? request.Parent.Model;
        // Several ranks end between steps, together.
        CancellationToken within = ranks.Count == 1 ? cancellationToken : CancellationToken.None;
        using HeldOutKl? heldOut = request.HeldOut is { } text
            ? new HeldOutKl(request.Parent.Model, text.Spread(_options.HeldOutWindows), ranks, workers)
            : null;
        var loop = new TrainingLoop
        {
            What = "global distillation",
            Schedule = new LearningRateSchedule(
                _options.LearningRate, (int)(steps * _options.WarmupShare), steps, FinalShare: 0.05),
            Recipe = recipe,
            Ranks = ranks,
            CheckpointPath = request.CheckpointPath,
            CheckpointEvery = _options.CheckpointEvery,
            CheckpointInterval = _options.CheckpointInterval,
            CancellationGrace = _options.CancellationGrace,
            Time = _time,
            EvaluateEvery = _options.EvaluateEvery,
            KeepBest = _options.KeepBest,
            Patience = _options.Patience,
            TokensPerStep = (long)_options.BatchSize * request.Data.SequenceLength,
            HeldOutLoss = heldOut is null ? null : heldOut.Of,
            Prepare = token => Fit(token) is { } fit ? JsonSerializer.Serialize(fit) : null,
        };
        TrainingState state = loop.Run(child, trainer, Backward, progress, cancellationToken);
        return new GlobalDistillationResult(state.Curve) { Fit = FitOf(state.Prepared) };

        GlobalDistillationResult WithoutSteps()
        {
            ranks.RequireSame(recipe);
            SequentialFit? fit = ranks.OfFirst(() => Fit(cancellationToken));
            ranks.Share(child);
            return new GlobalDistillationResult([]) { Fit = fit };
        }

        SequentialFit? Fit(CancellationToken token) => _options.FitWindows == 0
            ? null
            : new SequentialFitter(
                request.Parent.Model, request.Child.Model, request.Data, _options.FitWindows,
                TorchWorkers.On(request.Child.Model.Device, _options.Workers)).Run(progress, token);

        double Backward(int step, TrainingReplica replica, int worker)
        {
            TextPlan.Part part = plan.At(step);
            int[] windows = part.WindowsOf(step);
            (int start, int end) = BatchShare.Of(windows.Length, allWorkers, (ranks.Rank * workers) + worker);
            foreach ((int first, int count) in microBatch.Pieces(start, end))
            {
                using var scope = NewDisposeScope();
                replica.Losses.Add(part.Loss.Backward(
                    replica.Model, teacher, TokenBatch.OfWindows(part.Data, windows.AsSpan(first, count), child.Device),
                    replica.CollectHead, within));
                replica.Collect();
            }
            return 0;
        }
    }

    // What a checkpoint holds was checked by its digest.
    private static SequentialFit? FitOf(string? prepared) =>
        prepared is null ? null : JsonSerializer.Deserialize<SequentialFit>(prepared);

    private Recipe RecipeOf(GlobalDistillationRequest request, int workers, ScalarType compute) =>
        new Recipe("global distillation", Version)
        .With("Parent", request.Parent.Fingerprint)
        .With("ParentType", request.Parent.Model.ElementType)
        .With("Child", request.Child.Fingerprint)
        .With("Device", DeviceName.Of(request.Child.Model.Device))
        .With("Data", request.Data.Fingerprint)
        .With("HeldOut", request.HeldOut?.Fingerprint)
        .With("LaterStages", request.LaterStages.Select(stage => stage.Data.Fingerprint))
        .With("StepShare", request.StepShare)
        .With("LaterShares", request.LaterStages.Select(stage => stage.StepShare))
        .WithOptions(_options, (nameof(_options.Workers), workers), (nameof(_options.Precision), compute));
}
