using System.Globalization;
using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation.Initialisation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// Crafts the block library by decoupled blockwise local distillation (paper section 3): every subblock variant of every
/// layer starts from the parent's weights and learns to give the parent block's output beside the parent's other half.
/// </summary>
public sealed class BlockwiseDistiller : IDistiller
{
    private const string Version = "blockwise-1";
    private readonly BlockwiseDistillationOptions _options;

    /// <summary>Creates the distiller.</summary>
    /// <param name="options">How variants are trained; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public BlockwiseDistiller(BlockwiseDistillationOptions? options = null) => _options = OptionsCheck.Valid(options);

    /// <inheritdoc/>
    public Task<DistillationResult> DistillAsync(DistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request is not BlockwiseDistillationRequest blockwise)
            throw new ArgumentException($"Blockwise distillation takes a {nameof(BlockwiseDistillationRequest)}; got {request.GetType().Name}.", nameof(request));
        if (blockwise.SearchSpace.Parent != blockwise.Parent.Config.Architecture)
            throw new ArgumentException("The search space was made for another parent architecture.", nameof(request));
        return DedicatedThread.Run(() => Distil(blockwise, progress, cancellationToken));
    }

    private DistillationResult Distil(BlockwiseDistillationRequest request, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        CausalLanguageModel parent = request.Parent;
        (IReadOnlyList<Tensor> batches, int heldOut) = Batches(request.Data, parent.Device);
        RotaryTable rotary = parent.Rotary.At(0, request.Data.SequenceLength);
        var units = Enumerable.Range(0, parent.Config.Layers).Select(layer => Units(request, layer)).ToArray();
        int total = units.Sum(layer => layer.Count), done = 0;

        var variants = new List<SubblockVariant>();
        Tensor[] inputs = LayerActivations.Embed(parent, batches);
        for (int layer = 0; layer < units.Length; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TransformerBlock block = parent.Blocks[layer];
            using var activations = LayerActivations.Compute(block, rotary, inputs, _options.Workers);
            Unit[] missing = [.. units[layer].Where(unit => request.Library.Find(unit.Key, unit.Recipe) is null)];
            done += units[layer].Count - missing.Length;
            using Tensor? contribution = missing.Length > 0 && block.Ffn is GatedFeedForward ffn
                ? ChannelContribution.Measure(ffn, activations.AfterAttention.Take(CalibrationBatches)).DetachFromDisposeScope()
                : null;
            TorchWorkers.ForEach(_options.Workers, missing, unit =>
            {
                Make(request, unit, block, contribution, activations, rotary, heldOut, cancellationToken);
                progress?.Report(new TrainingProgress("blockwise distillation", Interlocked.Increment(ref done), total));
            }, cancellationToken);
            variants.AddRange(ParentVariants(block, layer));
            variants.AddRange(units[layer].Select(unit => request.Library.Find(unit.Key, unit.Recipe)
                ?? throw new InvalidOperationException($"The library lost {unit.Key}.")));
            inputs = activations.TakeOutputs();
        }
        foreach (Tensor input in inputs)
            input.Dispose();
        return new DistillationResult(variants, []);
    }

    private int CalibrationBatches => Math.Max(1, _options.CalibrationWindows / _options.BatchSize);

    private void Make(
        BlockwiseDistillationRequest request, Unit unit, TransformerBlock block, Tensor? contribution,
        LayerActivations activations, RotaryTable rotary, int heldOut, CancellationToken cancellationToken)
    {
        ModelConfig model = request.Parent.Config;
        Dictionary<string, Tensor> weights = unit.Attention is { } attention
            ? block.Config.Attention is GroupedQueryAttentionConfig own ? AttentionInitialiser.Create(model, own, block.Attention.Weights, attention) : []
            : contribution is not null ? FfnInitialiser.Create(block.Ffn.Weights, contribution, unit.Ffn!) : [];
        using Subblock variant = unit.Attention is not null
            ? TransformerBlock.CreateAttention(model, unit.Attention, name => weights[name])
            : TransformerBlock.CreateFfn(model, unit.Ffn!, name => weights[name]);
        IReadOnlyList<LossRecord> curve = weights.Count == 0 || _options.Steps == 0
            ? []
            : VariantTraining.Train(unit.Key, variant, block, activations, rotary, heldOut, _options, cancellationToken);
        request.Library.Add(unit.Key, unit.Recipe, variant.Weights, curve);
    }

    private (IReadOnlyList<Tensor> Batches, int HeldOut) Batches(PackedTokenDataset data, Device device)
    {
        int size = _options.BatchSize;
        int heldOut = _options.Steps == 0 ? 0 : (_options.HeldOutWindows + size - 1) / size;
        int wanted = Math.Max(_options.Steps, CalibrationBatches);
        int available = data.Count / size;
        if (available - heldOut < 1)
            throw new ArgumentException($"Blockwise distillation needs at least {(heldOut + 1) * size} windows of text; there are {data.Count}.");
        int training = Math.Min(wanted, available - heldOut);
        return ([.. Enumerable.Range(0, training + heldOut).Select(batch => TokenBatch.OfStep(data, batch, size, device))], heldOut);
    }

    private List<Unit> Units(BlockwiseDistillationRequest request, int layer)
    {
        // Layers differ in their inputs, and those are a function of parent and data: both are part of the recipe.
        string recipe = Fingerprint.Of(
            Version, request.ParentFingerprint, request.Data.Fingerprint, request.Parent.ElementType, _options.Steps, _options.BatchSize, _options.LearningRate,
            _options.WarmupShare, _options.WeightDecay, _options.MaxGradientNorm, _options.CalibrationWindows, _options.HeldOutWindows);
        var units = new List<Unit>();
        foreach (AttentionConfig attention in request.SearchSpace.Attention(layer).Skip(1))
            units.Add(new Unit(new SubblockKey(layer, SubblockKind.Attention, attention.Name), recipe, attention, null));
        foreach (FfnConfig ffn in request.SearchSpace.Ffn(layer).Skip(1))
            units.Add(new Unit(new SubblockKey(layer, SubblockKind.Ffn, ffn.Name), recipe, null, ffn));
        return units;
    }

    private static IEnumerable<SubblockVariant> ParentVariants(TransformerBlock block, int layer) =>
    [
        new(new SubblockKey(layer, SubblockKind.Attention, block.Config.Attention.Name), SubblockVariant.ParentRecipe, WeightsDigest.Of(block.Attention.Weights)),
        new(new SubblockKey(layer, SubblockKind.Ffn, block.Config.Ffn.Name), SubblockVariant.ParentRecipe, WeightsDigest.Of(block.Ffn.Weights)),
    ];

    private sealed record Unit(SubblockKey Key, string Recipe, AttentionConfig? Attention, FfnConfig? Ffn);
}
