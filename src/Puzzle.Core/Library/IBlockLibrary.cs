using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Library;

/// <summary>What variants exist for a parent, their weights, and what is known of them (paper section 3: the block library).</summary>
/// <remarks>
/// Implementations are safe for concurrent use. Everything is found again by content, so that adding a variant never
/// shifts or drops another's measurement. What was added before a crash is there after it; a half-written unit counts as absent.
/// </remarks>
public interface IBlockLibrary
{
    /// <summary>Gets the fingerprint of the parent this library belongs to.</summary>
    string ParentFingerprint { get; }

    /// <summary>Gets every stored variant in canonical order: layer, kind, config, partner, recipe.</summary>
    IReadOnlyList<SubblockVariant> Variants { get; }

    /// <summary>Finds a variant made by a recipe.</summary>
    /// <param name="key">What it is.</param>
    /// <param name="recipe">The fingerprint of everything its making depends on.</param>
    /// <returns>The variant, its weights verified; null if there is none.</returns>
    SubblockVariant? Find(SubblockKey key, string recipe);

    /// <summary>Stores a variant, atomically; an existing one of the same key and recipe is replaced.</summary>
    /// <param name="key">What it is.</param>
    /// <param name="recipe">The hash of everything its making depended on.</param>
    /// <param name="weights">Its weights by name within the layer; not disposed, must be finite.</param>
    /// <param name="curve">Its training's losses; empty if it was not trained.</param>
    /// <param name="start">What it started from, where there was a choice; null if there was none.</param>
    SubblockVariant Add(
        SubblockKey key, string recipe, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve,
        VariantStart? start = null);

    /// <summary>Reads a stored variant's weights by name within the layer; the caller disposes them.</summary>
    /// <param name="variant">A stored variant.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged or is not this variant's.</exception>
    IReadOnlyDictionary<string, Tensor> ReadWeights(SubblockVariant variant);

    /// <summary>Reads the losses of a stored variant's training.</summary>
    /// <param name="variant">A stored variant.</param>
    IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant);

    /// <summary>Reads what a stored variant started from.</summary>
    /// <param name="variant">A stored variant.</param>
    /// <returns>Null if there was no choice.</returns>
    VariantStart? ReadStart(SubblockVariant variant);

    /// <summary>Finds what a block scored on some data.</summary>
    /// <param name="blockId">The block's <see cref="BlockVariant.Id"/>.</param>
    /// <param name="dataFingerprint">The fingerprint of scorer and data.</param>
    BlockScore? FindScore(string blockId, string dataFingerprint);

    /// <summary>Stores a score, durably before it returns.</summary>
    /// <param name="score">The score.</param>
    void AddScore(BlockScore score);

    /// <summary>Keeps the recipe of a unit or score, so that a later run can say what changed. By default nothing is kept.</summary>
    /// <param name="recipe">The recipe.</param>
    void AddRecipe(Recipe recipe)
    {
    }

    /// <summary>Finds a kept recipe.</summary>
    /// <param name="fingerprint">Its <see cref="Recipe.Fingerprint"/>, as variants and scores name it.</param>
    /// <returns>The recipe; null, the default, if it was not kept or is damaged.</returns>
    Recipe? FindRecipe(string fingerprint) => null;
}
