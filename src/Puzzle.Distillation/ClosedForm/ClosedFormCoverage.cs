using Puzzle.Architectures;
using Puzzle.Distillation.Blockwise;
using Puzzle.Models;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>Says which variants have a closed-form start: those whose recipe is exact for the parent's family and fits in memory.</summary>
/// <param name="model">The parent's shape.</param>
/// <param name="budget">What there is to work with.</param>
internal sealed class ClosedFormCoverage(ModelConfig model, MemoryBudget budget)
{
    // A Gram matrix of k features, its inverse, what goes into the next of each, and a Cholesky factor, 64-bit.
    private const long MatricesOfAFit = 8;

    // The fits know a norm before, no bias and no more of attention than Llama has.
    private readonly bool _isKnown = model.UnsupportedFeature() is null;

    // The rest is for training: fits are over when it begins, but what they share is kept for the layer.
    private const long ShareOfMemory = 4;

    /// <summary>Says whether a half that a unit makes has one.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="parent">The parent's block at its layer.</param>
    public bool Covers(BlockUnit unit, BlockConfig parent) => CoversAttention(unit, parent) || CoversFfn(unit, parent);

    /// <summary>Says whether the attention that a unit makes has one.</summary>
    public bool CoversAttention(BlockUnit unit, BlockConfig parent) =>
        unit is { Attention: not null, AttentionStart: null }
            && parent.Attention is GroupedQueryAttentionConfig own
            && unit.Block.Attention switch
        {
            LinearAttentionConfig => Fits(model.HiddenSize),
            GroupedQueryAttentionConfig fewer =>
                fewer.KeyValueHeads < own.KeyValueHeads && Fits(Math.Max(model.HiddenSize, (long)model.AttentionHeads * model.HeadSize)),
            _ => false,
        };

    /// <summary>Says whether the FFN that a unit makes has one.</summary>
    public bool CoversFfn(BlockUnit unit, BlockConfig parent) =>
        unit is { Ffn: not null, FfnStart: null } && parent.Ffn is GatedFfnConfig own && unit.Block.Ffn switch
        {
            LinearFfnConfig => Fits(model.HiddenSize),
            // Beside no attention the parent's own width is fitted too.
            GatedFfnConfig narrower =>
                (narrower.IntermediateSize < own.IntermediateSize || IsAlone(unit, parent)) && Fits(own.IntermediateSize),
            _ => false,
        };

    /// <summary>Says whether a unit's FFN reads the layer's input, because there is no attention where the parent has one.</summary>
    public static bool IsAlone(BlockUnit unit, BlockConfig parent) =>
        unit.Block.Attention is NoOpAttentionConfig && parent.Attention is not NoOpAttentionConfig;

    /// <summary>Gives the bytes that a fit of k features takes.</summary>
    public static long FitBytes(long features) => checked(MatricesOfAFit * sizeof(double) * features * features);

    /// <summary>Says whether there is memory for a fit of k features.</summary>
    public static bool HasMemoryFor(long features, MemoryBudget budget) =>
        FitBytes(features) <= (budget.WorkBytes - budget.ActivationBytes) / ShareOfMemory;

    private bool Fits(long features) => _isKnown && HasMemoryFor(features, budget);
}
