using System.Collections.Concurrent;
using Puzzle.Foundation;
using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Tests;

/// <summary>A block library without files that counts what it is asked to store.</summary>
internal sealed class MemoryBlockLibrary : IBlockLibrary, IDisposable
{
    private readonly ConcurrentDictionary<(SubblockKey, string), (
        SubblockVariant Variant, Dictionary<string, Tensor> Weights, IReadOnlyList<LossRecord> Curve, VariantStart? Start)> _variants = [];
    private readonly ConcurrentDictionary<(string, string), BlockScore> _scores = [];
    private readonly ConcurrentDictionary<string, Recipe> _recipes = [];

    public string ParentFingerprint { get; init; } = "parent";

    public ConcurrentQueue<SubblockKey> Added { get; } = [];

    public ConcurrentQueue<BlockScore> AddedScores { get; } = [];

    /// <summary>Called before a variant or score is stored, on the thread that made it.</summary>
    public Action? OnAdd { get; set; }

    public bool RemembersScores { get; init; } = true;

    public IReadOnlyList<SubblockVariant> Variants => [.. _variants.Values.Select(entry => entry.Variant)
        .OrderBy(variant => variant.Key.Layer)
            .ThenBy(variant => variant.Key.Kind)
            .ThenBy(variant => variant.Key.Config, StringComparer.Ordinal)];

    public SubblockVariant? Find(SubblockKey key, string recipe) =>
        _variants.TryGetValue((key, recipe), out var entry) ? entry.Variant : null;

    public SubblockVariant Add(
        SubblockKey key, string recipe, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve,
        VariantStart? start = null)
    {
        OnAdd?.Invoke();
        Added.Enqueue(key);
        using var noGradients = no_grad();
        var variant = new SubblockVariant(key, recipe, WeightsDigest.Of(weights));
        _variants[(key, recipe)] = (
            variant, weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().clone().DetachFromDisposeScope()), curve,
            start);
        return variant;
    }

    public IReadOnlyDictionary<string, Tensor> ReadWeights(SubblockVariant variant) =>
        _variants[(variant.Key, variant.Recipe)].Weights.ToDictionary(weight => weight.Key, weight => weight.Value.clone());

    public IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant) => _variants[(variant.Key, variant.Recipe)].Curve;

    public VariantStart? ReadStart(SubblockVariant variant) => _variants[(variant.Key, variant.Recipe)].Start;

    public BlockScore? FindScore(string blockId, string dataFingerprint) => _scores.GetValueOrDefault((blockId, dataFingerprint));

    public void AddScore(BlockScore score)
    {
        OnAdd?.Invoke();
        AddedScores.Enqueue(score);
        if (RemembersScores)
            _scores[(score.BlockId, score.DataFingerprint)] = score;
    }

    public void AddRecipe(Recipe recipe) => _recipes[recipe.Fingerprint] = recipe;

    public Recipe? FindRecipe(string fingerprint) => _recipes.GetValueOrDefault(fingerprint);

    public void Dispose()
    {
        foreach (Tensor weight in _variants.Values.SelectMany(entry => entry.Weights.Values))
            weight.Dispose();
    }
}
