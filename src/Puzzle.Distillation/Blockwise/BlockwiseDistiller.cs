using Microsoft.Extensions.Options;
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
    }

    /// <inheritdoc/>
    public string Settings => OptionsText.Of(this, _options, nameof(BlockwiseDistillationOptions.Workers));

    /// <inheritdoc/>
    public Task<BlockwiseDistillationResult> DistillAsync(
        BlockwiseDistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        (UnitPlan plan, int first, int end) = Plan(request);
        return DedicatedThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            BlockUnit[][] units = Distil(request, plan, (first, end), null, progress, cancellationToken);
            return Result(request, units, first);
        });
    }

    /// <summary>Makes some of a request's units, those that the gate lets begin.</summary>
    internal Task DistilUnitsAsync(BlockwiseDistillationRequest request, SharedUnits shared, CancellationToken cancellationToken)
    {
        (UnitPlan plan, int first, int end) = Plan(request);
        return DedicatedThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            return Distil(request, plan, (first, end), shared, null, cancellationToken);
        });
    }

    private (UnitPlan Plan, int FirstLayer, int EndLayer) Plan(BlockwiseDistillationRequest request)
    {
        CausalLanguageModel parent = request.Parent.Model;
        if (request.Library.ParentFingerprint != request.Parent.Fingerprint)
            throw new ArgumentException($"The library belongs to another parent: {request.Library.ParentFingerprint}; the request's is "
                + $"{request.Parent.Fingerprint}.", nameof(request));
        if (request.SearchSpace.Parent != parent.Config.Architecture)
            throw new ArgumentException("The search space was made for another parent architecture.", nameof(request));
        VocabularyCheck.Require("The text", request.Data.VocabularySize, parent.Config, nameof(request));
        int layers = parent.Config.Layers, first = request.Layers.Start.GetOffset(layers), end = request.Layers.End.GetOffset(layers);
        if (first < 0 || first > end || end > layers)
            throw new ArgumentException($"There are no layers {request.Layers}: the parent has {layers}.", nameof(request));
        return (new UnitPlan(request, _options), first, end);
    }

    private BlockUnit[][] Distil(
        BlockwiseDistillationRequest request, UnitPlan plan, (int First, int End) layers, SharedUnits? shared,
        IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        (int firstLayer, int endLayer) = layers;
        CausalLanguageModel parent = request.Parent.Model;
        BlockUnit[][] units = [.. Enumerable.Range(firstLayer, endLayer - firstLayer).Select(plan.Of)];
        // Those with attention take longest: started last, one of them would keep the other workers waiting.
        BlockUnit[][] missing = Missing(units, request.Library, shared);
        int total = units.Sum(layer => layer.Length), done = total - missing.Sum(layer => layer.Length);
        if (missing.SelectMany(layer => layer).Select(
            unit => unit.WhyAnew(request.Library)).FirstOrDefault(why => why is not null) is { } anew)
            progress?.Report(new TrainingProgress(What, done, total) { Anew = anew });
        int end = firstLayer + Array.FindLastIndex(missing, layer => layer.Length > 0) + 1;
        if (end > firstLayer)
        {
            TextPass whole = Text(request.Data);
            var fit = new BlockwiseFit(request, _options, whole, missing.SelectMany(layer => layer));
            if (fit.BatchesAtOnce >= whole.TrainingBatches)
                InOnePass(request, whole, end, fit, Left, layer => Units(layer, fit), cancellationToken);
            else
                InPasses(request, whole, end, fit, Left, layer => Units(layer, fit), cancellationToken);
        }
        return units;

        BlockUnit[] Left(int layer) => layer < firstLayer ? [] : missing[layer - firstLayer];

        LayerUnits Units(int layer, BlockwiseFit fit) =>
            new(request, _options, Left(layer), fit.Workers(Left(layer)), fit.MicroBatch, shared, last =>
        {
            parent.Budget.Trim();
            progress?.Report(new TrainingProgress(What, Interlocked.Increment(ref done), total, last?.Loss, last?.HeldOutLoss)
            {
                Tokens = last is null ? 0 : (last.Step + 1L) * _options.BatchSize * request.Data.SequenceLength,
            });
        });
    }

    private static BlockUnit[][] Missing(BlockUnit[][] units, IBlockLibrary library, SharedUnits? shared) =>
    [
        .. units.Select(layer => layer
            .Where(unit => shared?.IsWanted(unit) != false && unit.Find(library) is null)
            .OrderByDescending(unit => unit.Attention is not null)
            .ToArray()),
    ];

    // One forward of the parent, a layer at a time, feeds every unit.
    private void InOnePass(
        BlockwiseDistillationRequest request, TextPass whole, int end, BlockwiseFit fit, Func<int, BlockUnit[]> left,
        Func<int, LayerUnits> units, CancellationToken cancellationToken)
    {
        using LayerActivations activations = Activations(request, whole, fit.MicroBatch);
        for (int layer = 0; layer < end; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var parent = new BlockIn32Bits(request.Parent.Model, layer);
            if (left(layer).Length == 0)
            {
                activations.Pass(parent.Block);
                continue;
            }
            activations.Enter(parent.Block);
            using LayerUnits made = units(layer);
            made.Advance(parent.Block, activations, whole, cancellationToken);
        }
    }

    // Layer by layer, each over all of the text in parts; the parent runs again up to the layer for each part.
    private void InPasses(
        BlockwiseDistillationRequest request, TextPass whole, int end, BlockwiseFit fit, Func<int, BlockUnit[]> left,
        Func<int, LayerUnits> units, CancellationToken cancellationToken)
    {
        for (int layer = 0; layer < end; layer++)
        {
            if (left(layer).Length == 0)
                continue;
            using var parent = new BlockIn32Bits(request.Parent.Model, layer);
            using LayerUnits made = units(layer);
            for (TextPass part = whole with { Count = fit.BatchesAtOnce }; !made.IsDone; part = part.Next(fit.BatchesAtOnce))
            {
                using var scope = NewDisposeScope();
                using LayerActivations activations = Activations(request, part, fit.MicroBatch);
                for (int below = 0; below < layer; below++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var earlier = new BlockIn32Bits(request.Parent.Model, below);
                    activations.Pass(earlier.Block);
                }
                activations.Enter(parent.Block);
                made.Advance(parent.Block, activations, part, cancellationToken);
            }
        }
    }

    private LayerActivations Activations(BlockwiseDistillationRequest request, TextPass text, MicroBatch microBatch) => new(
        request.Parent.Model,
        [.. text.Batches.Select(batch => TokenBatch.OfStep(request.Data, batch, _options.BatchSize, request.Parent.Model.Device))],
        _options.ActivationTypeFor(request.Parent.Model), _options.Workers, microBatch);

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
                IReadOnlyList<SubblockVariant> made =
                    unit.Find(request.Library) ?? throw new InvalidOperationException($"The library lost {unit}.");
                variants.AddRange(made);
                planned += unit.IsTrainable ? unit.Steps(_options) : 0;
                // Both halves of a pair have the same steps, nested widths each their own.
                taken += unit.IsTrainable ? made.Take(unit.IsNested ? made.Count : 1).Sum(one => request.Library.ReadCurve(one).Count) : 0;
            }
        }
        return new BlockwiseDistillationResult(variants) { StepsPlanned = planned, StepsTaken = taken };
    }

    private TextPass Text(PackedTokenDataset data)
    {
        int size = _options.BatchSize;
        int heldOut = _options.NeedsHeldOut ? (_options.HeldOutWindows + size - 1) / size : 0;
        int wanted = Math.Max(_options.Steps, _options.CalibrationBatches);
        int available = data.Count / size;
        if (available - heldOut < 1)
            throw new ArgumentException(
                $"Blockwise distillation needs at least {(heldOut + 1) * size} windows of text; there are {data.Count}.");
        int training = Math.Min(wanted, available - heldOut);
        return new TextPass(0, training, training, heldOut);
    }
}
