using System.Collections.Concurrent;
using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>A library's variants with scores of its own, so that no way of scoring finds what another has computed.</summary>
internal sealed class ScratchScores(IBlockLibrary library) : IBlockLibrary
{
    private readonly ConcurrentDictionary<(string, string), BlockScore> _scores = [];

    public string ParentFingerprint => library.ParentFingerprint;

    public IReadOnlyList<SubblockVariant> Variants => library.Variants;

    public SubblockVariant? Find(SubblockKey key, string recipe) => library.Find(key, recipe);

    public SubblockVariant Add(
        SubblockKey key, string recipe, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve,
        VariantStart? start = null) =>
        library.Add(key, recipe, weights, curve, start);

    public IReadOnlyDictionary<string, Tensor> ReadWeights(SubblockVariant variant) => library.ReadWeights(variant);

    public IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant) => library.ReadCurve(variant);

    public VariantStart? ReadStart(SubblockVariant variant) => library.ReadStart(variant);

    public BlockScore? FindScore(string blockId, string dataFingerprint) => _scores.GetValueOrDefault((blockId, dataFingerprint));

    public void AddScore(BlockScore score) => _scores[(score.BlockId, score.DataFingerprint)] = score;
}
