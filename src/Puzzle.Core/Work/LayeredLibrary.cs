using Puzzle.Foundation;
using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Work;

/// <summary>A worker's own library above one that it reads only.</summary>
/// <param name="below">Read only.</param>
/// <param name="own">Read first, and written.</param>
internal sealed class LayeredLibrary(IBlockLibrary below, IBlockLibrary own) : IBlockLibrary
{
    public string ParentFingerprint => own.ParentFingerprint;

    public IReadOnlyList<SubblockVariant> Variants =>
        [.. own.Variants.Concat(below.Variants).DistinctBy(variant => (variant.Key, variant.Recipe))];

    public SubblockVariant? Find(SubblockKey key, string recipe) => own.Find(key, recipe) ?? below.Find(key, recipe);

    public SubblockVariant Add(
        SubblockKey key, string recipe, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve,
        VariantStart? start = null) => own.Add(key, recipe, weights, curve, start);

    public IReadOnlyDictionary<string, Tensor> ReadWeights(SubblockVariant variant) => Holder(variant).ReadWeights(variant);

    public IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant) => Holder(variant).ReadCurve(variant);

    public VariantStart? ReadStart(SubblockVariant variant) => Holder(variant).ReadStart(variant);

    public BlockScore? FindScore(string blockId, string dataFingerprint) =>
        own.FindScore(blockId, dataFingerprint) ?? below.FindScore(blockId, dataFingerprint);

    public void AddScore(BlockScore score) => own.AddScore(score);

    public void AddRecipe(Recipe recipe) => own.AddRecipe(recipe);

    public Recipe? FindRecipe(string fingerprint) => own.FindRecipe(fingerprint) ?? below.FindRecipe(fingerprint);

    private IBlockLibrary Holder(SubblockVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return own.Find(variant.Key, variant.Recipe) is not null ? own : below;
    }
}
