using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// Crafts the block library by blockwise local distillation (paper section 3): every subblock variant of every layer starts
/// from the parent's weights and learns to give the parent block's output, beside the parent's other half (decoupled), or
/// together with a variant of the other half (coupled, for the pairs a request names).
/// </summary>
public sealed class BlockwiseDistiller : IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult>
{
    private const string What = "blockwise distillation";
    private readonly BlockwiseDistillationOptions _options;

    /// <summary>Creates the distiller.</summary>
    /// <param name="options">How variants are trained; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public BlockwiseDistiller(BlockwiseDistillationOptions? options = null)
    {
        _options = OptionsCheck.Valid(options);
        if (_options.StopWhenFlat && _options.HeldOutWindows == 0)
            throw new OptionsValidationException(nameof(BlockwiseDistillationOptions), typeof(BlockwiseDistillationOptions), [$"{nameof(BlockwiseDistillationOptions.StopWhenFlat)} needs held-out windows; there are none."]);
    }

    /// <inheritdoc/>
    public Task<BlockwiseDistillationResult> DistillAsync(BlockwiseDistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        CausalLanguageModel parent = request.Parent.Model;
        if (request.Library.ParentFingerprint != request.Parent.Fingerprint)
            throw new ArgumentException($"The library belongs to another parent: {request.Library.ParentFingerprint}; the request's is {request.Parent.Fingerprint}.", nameof(request));
        if (request.SearchSpace.Parent != parent.Config.Architecture)
            throw new ArgumentException("The search space was made for another parent architecture.", nameof(request));
        if (request.Data.VocabularySize > parent.Config.VocabularySize)
            throw new ArgumentException($"The text has a vocabulary of {request.Data.VocabularySize}; the parent's is {parent.Config.VocabularySize}.", nameof(request));
        int layers = parent.Config.Layers, first = request.Layers.Start.GetOffset(layers), end = request.Layers.End.GetOffset(layers);
        if (first < 0 || first > end || end > layers)
            throw new ArgumentException($"There are no layers {request.Layers}: the parent has {layers}.", nameof(request));
        var plan = new UnitPlan(request, _options);
        return DedicatedThread.Run(() => Distil(request, plan, first, end, progress, cancellationToken));
    }

    private BlockwiseDistillationResult Distil(
        BlockwiseDistillationRequest request, UnitPlan plan, int firstLayer, int endLayer, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        CausalLanguageModel parent = request.Parent.Model;
        BlockUnit[][] units = [.. Enumerable.Range(firstLayer, endLayer - firstLayer).Select(plan.Of)];
        // Those with attention take longest: started last, one of them would keep the other workers waiting.
        BlockUnit[][] missing = [.. units.Select(layer => layer.Where(unit => unit.Find(request.Library) is null).OrderByDescending(unit => unit.Attention is not null).ToArray())];
        int total = units.Sum(layer => layer.Length), done = total - missing.Sum(layer => layer.Length);
        if (missing.SelectMany(layer => layer).Select(unit => unit.WhyAnew(request.Library)).FirstOrDefault(why => why is not null) is { } anew)
            progress?.Report(new TrainingProgress(What, done, total) { Anew = anew });
        int end = firstLayer + Array.FindLastIndex(missing, layer => layer.Length > 0) + 1;
        if (end > firstLayer)
        {
            (IReadOnlyList<Tensor> batches, int heldOut) = Batches(request.Data, parent.Device);
            using var activations = new LayerActivations(parent, batches, _options.ActivationTypeFor(parent), _options.Workers);
            for (int layer = 0; layer < end; layer++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using BlockLease lease = parent.Borrow(layer);
                TransformerBlock block = lease.Block;
                BlockUnit[] left = layer < firstLayer ? [] : missing[layer - firstLayer];
                if (left.Length == 0)
                {
                    activations.Pass(block);
                    continue;
                }
                activations.Enter(block);
                int calibration = Math.Min(CalibrationBatches, batches.Count - heldOut), workers = Workers(parent, left, batches[0].numel());
                using Tensor? contribution = left.Any(unit => unit is { Block.Ffn: GatedFfnConfig, Ffn: not null, FfnStart: null })
                    ? Contribution(block, activations.AfterAttention, calibration)
                    : null;
                using LayerStarts? starts = left.Any(unit => unit.HasClosedForm)
                    ? LayerStarts.Measure(parent, block, left, activations, calibration, _options.Workers, cancellationToken)
                    : null;
                var maker = new UnitMaker(request, _options, block, new UnitLoss(activations, heldOut, _options.Loss), contribution, starts);
                TorchWorkers.ForEach(workers, left, unit =>
                {
                    LossRecord? last = maker.Make(unit, cancellationToken);
                    parent.Budget.Trim();
                    progress?.Report(new TrainingProgress(What, Interlocked.Increment(ref done), total, last?.Loss, last?.HeldOutLoss)
                    {
                        Tokens = last is null ? 0 : (last.Step + 1L) * _options.BatchSize * request.Data.SequenceLength,
                    });
                }, cancellationToken);
            }
        }
        return Result(request, units, firstLayer);
    }

    private BlockwiseDistillationResult Result(BlockwiseDistillationRequest request, BlockUnit[][] units, int firstLayer)
    {
        var variants = new List<SubblockVariant>();
        long planned = 0, taken = 0;
        for (int i = 0; i < units.Length; i++)
        {
            // While it is lent, a streamed layer is read once for both halves.
            using (request.Parent.Model.Borrow(firstLayer + i))
            {
                variants.Add(SubblockVariant.OfParent(request.Parent.Model, firstLayer + i, SubblockKind.Attention));
                variants.Add(SubblockVariant.OfParent(request.Parent.Model, firstLayer + i, SubblockKind.Ffn));
            }
            foreach (BlockUnit unit in units[i])
            {
                IReadOnlyList<SubblockVariant> made = unit.Find(request.Library) ?? throw new InvalidOperationException($"The library lost {unit}.");
                variants.AddRange(made);
                planned += unit.IsTrainable ? _options.Steps : 0;
                taken += unit.IsTrainable ? request.Library.ReadCurve(made[0]).Count : 0;
            }
        }
        return new BlockwiseDistillationResult(variants) { StepsPlanned = planned, StepsTaken = taken };
    }

    private int CalibrationBatches => Math.Max(1, _options.CalibrationWindows / _options.BatchSize);

    private static Tensor? Contribution(TransformerBlock block, IReadOnlyList<Tensor> inputs, int batches) => block.Ffn is GatedFeedForward ffn
        ? ChannelContribution.Measure(ffn, inputs, batches).DetachFromDisposeScope()
        : null;

    private int Workers(CausalLanguageModel parent, BlockUnit[] units, long tokens)
    {
        long weights = units.Select(Weights).DefaultIfEmpty().Max();
        return parent.Budget.Workers(_options.Workers, MemoryBudget.TrainingBytes(parent.Config, weights, tokens), "training a variant");

        long Weights(BlockUnit unit) =>
            (unit.Attention is null ? 0 : ParameterCounter.Attention(parent.Config, unit.Block.Attention)) + (unit.Ffn is null ? 0 : ParameterCounter.Ffn(parent.Config, unit.Block.Ffn));
    }

    private (IReadOnlyList<Tensor> Batches, int HeldOut) Batches(PackedTokenDataset data, Device device)
    {
        int size = _options.BatchSize;
        int heldOut = _options.NeedsHeldOut ? (_options.HeldOutWindows + size - 1) / size : 0;
        int wanted = Math.Max(_options.Steps, CalibrationBatches);
        int available = data.Count / size;
        if (available - heldOut < 1)
            throw new ArgumentException($"Blockwise distillation needs at least {(heldOut + 1) * size} windows of text; there are {data.Count}.");
        int training = Math.Min(wanted, available - heldOut);
        return ([.. Enumerable.Range(0, training + heldOut).Select(batch => TokenBatch.OfStep(data, batch, size, device))], heldOut);
    }
}
