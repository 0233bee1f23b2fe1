using System.Collections.Concurrent;
using Puzzle.Foundation;
using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Testing;

/// <summary>A block library without files that counts what it is asked to store. Safe for concurrent use.</summary>
public sealed class MemoryBlockLibrary : IBlockLibrary, IDisposable
{
    private readonly ConcurrentDictionary<(SubblockKey, string), (
        SubblockVariant Variant, Dictionary<string, Tensor> Weights, IReadOnlyList<LossRecord> Curve, VariantStart? Start)> _variants = [];
    private readonly ConcurrentDictionary<(string, string), BlockScore> _scores = [];
    private readonly ConcurrentDictionary<string, Recipe> _recipes = [];

    /// <inheritdoc/>
    public string ParentFingerprint { get; init; } = "parent";

    /// <summary>Gets the keys of the variants that were stored, in order, replacements included.</summary>
    public ConcurrentQueue<SubblockKey> Added { get; } = [];

    /// <summary>Gets the scores that were stored, in order, replacements included.</summary>
    public ConcurrentQueue<BlockScore> AddedScores { get; } = [];

    /// <summary>Gets or sets what is called before a variant or score is stored, on the thread that made it: nothing by default.</summary>
    public Action? OnAdd { get; set; }

    /// <summary>Gets a value indicating whether scores are found again; true by default.</summary>
    public bool RemembersScores { get; init; } = true;

    /// <inheritdoc/>
    public IReadOnlyList<SubblockVariant> Variants =>
        [.. _variants.Values.Select(entry => entry.Variant)
            .OrderBy(variant => variant.Key.Layer)
            .ThenBy(variant => variant.Key.Kind)
            .ThenBy(variant => variant.Key.Config, StringComparer.Ordinal)
            .ThenBy(variant => variant.Key.Beside, StringComparer.Ordinal)
            .ThenBy(variant => variant.Recipe, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public SubblockVariant? Find(SubblockKey key, string recipe) =>
        _variants.TryGetValue((key, recipe), out var entry) ? entry.Variant : null;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    public SubblockVariant Add(
        SubblockKey key, string recipe, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve,
        VariantStart? start = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        OnAdd?.Invoke();
        using var noGradients = no_grad();
        foreach ((string name, Tensor weight) in weights)
        {
            using Tensor finite = weight.isfinite();
            using Tensor all = finite.all();
            if (!all.item<bool>())
                throw new ArgumentException($"The weight '{name}' of {key} is not finite.", nameof(weights));
        }
        Added.Enqueue(key);
        var variant = new SubblockVariant(key, recipe, WeightsDigest.Of(weights));
        _variants[(key, recipe)] = (
            variant, weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().clone().DetachFromDisposeScope()), curve,
            start);
        return variant;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> ReadWeights(SubblockVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return _variants[(variant.Key, variant.Recipe)].Weights.ToDictionary(weight => weight.Key, weight => weight.Value.clone());
    }

    /// <inheritdoc/>
    public IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return _variants[(variant.Key, variant.Recipe)].Curve;
    }

    /// <inheritdoc/>
    public VariantStart? ReadStart(SubblockVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return _variants[(variant.Key, variant.Recipe)].Start;
    }

    /// <inheritdoc/>
    public BlockScore? FindScore(string blockId, string dataFingerprint) => _scores.GetValueOrDefault((blockId, dataFingerprint));

    /// <inheritdoc/>
    public void AddScore(BlockScore score)
    {
        ArgumentNullException.ThrowIfNull(score);
        OnAdd?.Invoke();
        AddedScores.Enqueue(score);
        if (RemembersScores)
            _scores[(score.BlockId, score.DataFingerprint)] = score;
    }

    /// <inheritdoc/>
    public void AddRecipe(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        _recipes[recipe.Fingerprint] = recipe;
    }

    /// <inheritdoc/>
    public Recipe? FindRecipe(string fingerprint) => _recipes.GetValueOrDefault(fingerprint);

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (Tensor weight in _variants.Values.SelectMany(entry => entry.Weights.Values))
            weight.Dispose();
    }
}
