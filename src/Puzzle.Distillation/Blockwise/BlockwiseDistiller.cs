using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Distillation.Initialisation;
using Puzzle.Library;
using Puzzle.Measurement;
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
        if (blockwise.Data.VocabularySize > blockwise.Parent.Config.VocabularySize)
            throw new ArgumentException($"The text has a vocabulary of {blockwise.Data.VocabularySize}; the parent's is {blockwise.Parent.Config.VocabularySize}.", nameof(request));
        return DedicatedThread.Run(() => Distil(blockwise, progress, cancellationToken));
    }

    private DistillationResult Distil(BlockwiseDistillationRequest request, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        CausalLanguageModel parent = request.Parent;
        Unit[][] units = [.. Enumerable.Range(0, parent.Config.Layers).Select(layer => Units(request, layer))];
        Unit[][] missing = [.. units.Select(layer => layer.Where(unit => request.Library.Find(unit.Key, unit.Recipe) is null).ToArray())];
        int total = units.Sum(layer => layer.Length), done = total - missing.Sum(layer => layer.Length);
        int end = Array.FindLastIndex(missing, layer => layer.Length > 0) + 1;
        if (end > 0)
        {
            (IReadOnlyList<Tensor> batches, int heldOut) = Batches(request.Data, parent.Device);
            using var activations = new LayerActivations(parent, batches, ActivationType(parent), _options.Workers);
            for (int layer = 0; layer < end; layer++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using BlockLease lease = parent.Borrow(layer);
                TransformerBlock block = lease.Block;
                activations.Enter(block);
                using Tensor? contribution = missing[layer].Any(unit => unit.Ffn is GatedFfnConfig)
                    ? Contribution(block, activations.AfterAttention, Math.Min(CalibrationBatches, batches.Count - heldOut))
                    : null;
                TorchWorkers.ForEach(Workers(parent, missing[layer], batches[0].numel()), missing[layer], unit =>
                {
                    Make(request, unit, block, contribution, activations, heldOut, cancellationToken);
                    progress?.Report(new TrainingProgress("blockwise distillation", Interlocked.Increment(ref done), total));
                }, cancellationToken);
            }
        }

        var variants = new List<SubblockVariant>();
        for (int layer = 0; layer < units.Length; layer++)
        {
            using (BlockLease lease = parent.Borrow(layer))
                variants.AddRange(ParentVariants(lease.Block, layer));
            variants.AddRange(units[layer].Select(unit => request.Library.Find(unit.Key, unit.Recipe)
                ?? throw new InvalidOperationException($"The library lost {unit.Key}.")));
        }
        return new DistillationResult(variants, []);
    }

    private int CalibrationBatches => Math.Max(1, _options.CalibrationWindows / _options.BatchSize);

    private static Tensor? Contribution(TransformerBlock block, IReadOnlyList<Tensor> inputs, int batches) => block.Ffn is GatedFeedForward ffn
        ? ChannelContribution.Measure(ffn, inputs, batches).DetachFromDisposeScope()
        : null;

    private ScalarType ActivationType(CausalLanguageModel parent) => _options.ActivationType switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.BFloat16 => ScalarType.BFloat16,
        _ => parent.IsStreamed ? ScalarType.BFloat16 : parent.ElementType,
    };

    private int Workers(CausalLanguageModel parent, Unit[] units, long tokens)
    {
        long weights = units.Select(unit => unit.Attention is not null ? ParameterCounter.Attention(parent.Config, unit.Attention) : ParameterCounter.Ffn(parent.Config, unit.Ffn!)).DefaultIfEmpty().Max();
        return parent.Budget.Workers(_options.Workers, MemoryBudget.TrainingBytes(parent.Config, weights, tokens), "training a variant");
    }

    private void Make(
        BlockwiseDistillationRequest request, Unit unit, TransformerBlock block, Tensor? contribution,
        LayerActivations activations, int heldOut, CancellationToken cancellationToken)
    {
        ModelConfig model = request.Parent.Config;
        Dictionary<string, Tensor> weights = unit switch
        {
            { Attention: NoOpAttentionConfig } or { Ffn: NoOpFfnConfig } => [],
            { Attention: { } attention } when block.Config.Attention is GroupedQueryAttentionConfig own => AttentionInitialiser.Create(model, own, block.Attention.Weights, attention),
            { Ffn: { } ffn } when block.Config.Ffn is GatedFfnConfig => FfnInitialiser.Create(block.Ffn.Weights, contribution, ffn),
            _ => throw new ArgumentException($"{unit.Key} cannot be made from the parent's {block.Config}."),
        };
        using Subblock variant = unit.Attention is not null
            ? TransformerBlock.CreateAttention(model, unit.Attention, name => weights[name])
            : TransformerBlock.CreateFfn(model, unit.Ffn!, name => weights[name]);
        IReadOnlyList<LossRecord> curve = weights.Count == 0 || _options.Steps == 0
            ? []
            : VariantTraining.Train(unit.Key, variant, block, activations, heldOut, _options, cancellationToken);
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

    private Unit[] Units(BlockwiseDistillationRequest request, int layer)
    {
        // Layers differ in their inputs, and those are a function of parent and data: both are part of the recipe.
        string recipe = Fingerprint.Of(
            Version, request.ParentFingerprint, request.Data.Fingerprint, request.Parent.ElementType, _options.Steps, _options.BatchSize, _options.LearningRate,
            _options.WarmupShare, _options.WeightDecay, _options.MaxGradientNorm, _options.CalibrationWindows, _options.HeldOutWindows, ActivationType(request.Parent));
        var units = new List<Unit>();
        foreach (AttentionConfig attention in request.SearchSpace.Attention(layer).Skip(1))
            units.Add(new Unit(new SubblockKey(layer, SubblockKind.Attention, attention.Name), recipe, attention, null));
        foreach (FfnConfig ffn in request.SearchSpace.Ffn(layer).Skip(1))
            units.Add(new Unit(new SubblockKey(layer, SubblockKind.Ffn, ffn.Name), recipe, null, ffn));
        return [.. units];
    }

    private static IEnumerable<SubblockVariant> ParentVariants(TransformerBlock block, int layer) =>
    [
        new(new SubblockKey(layer, SubblockKind.Attention, block.Config.Attention.Name), SubblockVariant.ParentRecipe, WeightsDigest.Of(block.Attention.Weights)),
        new(new SubblockKey(layer, SubblockKind.Ffn, block.Config.Ffn.Name), SubblockVariant.ParentRecipe, WeightsDigest.Of(block.Ffn.Weights)),
    ];

    private sealed record Unit(SubblockKey Key, string Recipe, AttentionConfig? Attention, FfnConfig? Ffn);
}
