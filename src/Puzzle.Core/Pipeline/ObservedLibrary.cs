using System.Collections.Concurrent;
using Puzzle.Foundation;
using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Pipeline;

/// <summary>Counts what a stage finds in the library and what it adds to it, whoever does the stage.</summary>
internal sealed class ObservedLibrary(IBlockLibrary inner) : IBlockLibrary
{
    private readonly ConcurrentDictionary<string, bool> _made = [];
    private readonly ConcurrentDictionary<string, bool> _reused = [];

    /// <summary>Gives how many variants and scores were made, and found without having been made, since the last call.</summary>
    public (int Made, int Reused) Take()
    {
        (int Made, int Reused) counts = (_made.Count, _reused.Count);
        _made.Clear();
        _reused.Clear();
        return counts;
    }

    public string ParentFingerprint => inner.ParentFingerprint;

    public IReadOnlyList<SubblockVariant> Variants => inner.Variants;

    public SubblockVariant? Find(SubblockKey key, string recipe) => Found(inner.Find(key, recipe), NameOf(key, recipe));

    public BlockScore? FindScore(string blockId, string dataFingerprint) =>
        Found(inner.FindScore(blockId, dataFingerprint), NameOf(blockId, dataFingerprint));

    public SubblockVariant Add(
        SubblockKey key, string recipe, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve,
        VariantStart? start = null)
    {
        SubblockVariant added = inner.Add(key, recipe, weights, curve, start);
        _made.TryAdd(NameOf(key, recipe), true);
        return added;
    }

    public void AddScore(BlockScore score)
    {
        inner.AddScore(score);
        _made.TryAdd(NameOf(score.BlockId, score.DataFingerprint), true);
    }

    public IReadOnlyDictionary<string, Tensor> ReadWeights(SubblockVariant variant) => inner.ReadWeights(variant);

    public IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant) => inner.ReadCurve(variant);

    public void AddRecipe(Recipe recipe) => inner.AddRecipe(recipe);

    public Recipe? FindRecipe(string fingerprint) => inner.FindRecipe(fingerprint);

    public VariantStart? ReadStart(SubblockVariant variant) => inner.ReadStart(variant);

    private T? Found<T>(T? found, string name)
        where T : class
    {
        if (found is not null && !_made.ContainsKey(name))
            _reused.TryAdd(name, true);
        return found;
    }

    private static string NameOf(object what, string recipe) => $"{what}\n{recipe}";
}
