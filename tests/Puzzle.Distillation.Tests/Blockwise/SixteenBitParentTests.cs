using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Tests.Blockwise;

/// <summary>A parent may be kept in 16 bits: its variants train in 32, and scores and healing compute as asked.</summary>
public sealed class SixteenBitParentTests
{
    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public async Task DistillAsync_ParentIn16Bits_GivesTheVariantsOfTheSameParentIn32(ScalarType type)
    {
        using CausalLanguageModel loud =
            TinyModel.Loud(), low = ModelReplica.As(loud, type), high = ModelReplica.As(low, ScalarType.Float32);
        using MemoryBlockLibrary ofLow = new(), ofHigh = new();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(5);
        options.ActivationType = ElementType.Float32;

        await options.DistilAsync(BlockwiseCases.Request(low, ofLow));
        await options.DistilAsync(BlockwiseCases.Request(high, ofHigh));

        using var scope = NewDisposeScope();
        Assert.Equal(ofHigh.Variants.Select(variant => variant.Key), ofLow.Variants.Select(variant => variant.Key));
        foreach ((SubblockVariant own, SubblockVariant other) in ofHigh.Variants.Zip(ofLow.Variants))
            Assert.Equal(WeightsDigest.Of(ofHigh.ReadWeights(own)), WeightsDigest.Of(ofLow.ReadWeights(other)));
    }

    [Fact]
    public async Task ScoreAsync_ParentIn16Bits_IsNearTheScoresIn32()
    {
        using CausalLanguageModel loud = TinyModel.Loud(), low = ModelReplica.As(
            loud, ScalarType.BFloat16), high = ModelReplica.As(low, ScalarType.Float32);
        using MemoryBlockLibrary library = new();
        BlockwiseDistillationResult made = await BlockwiseCases.Options(2).DistilAsync(BlockwiseCases.Request(low, library));

        double[] expected = await Scores(high), actual = await Scores(low);

        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 0.02 + (0.2 * pair.First)));

        async Task<double[]> Scores(CausalLanguageModel parent)
        {
            SubblockVariant ffn = SubblockVariant.OfParent(parent, 1, SubblockKind.Ffn);
            BlockVariant[] candidates = [.. made.Variants.Where(
                variant => variant.Key is { Layer: 1, Kind: SubblockKind.Attention } && !variant.IsParent)
                .Select(variant => new BlockVariant(variant, ffn))];
            var scores = new SortedDictionary<string, double>(StringComparer.Ordinal);
            await foreach (BlockScore score
                in new ReplaceOneBlockScorer().ScoreAsync(new(parent, library, candidates, BlockwiseCases.Text)))
                scores.Add(score.Config.ToString(), score.Metrics["kl_div"]);
            return [.. scores.Values];
        }
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public async Task GlobalDistiller_ChildOfA16BitParent_HealsIn32BitWeights(TrainingPrecision precision)
    {
        using CausalLanguageModel loud = TinyModel.Loud(), parent = ModelReplica.As(loud, ScalarType.BFloat16);
        using MemoryBlockLibrary library = new();
        BlockwiseDistillationResult made = await BlockwiseCases.Options(2).DistilAsync(BlockwiseCases.Request(parent, library));
        using CausalLanguageModel child = library.Assemble(
            [.. Enumerable.Range(0, parent.Config.Layers).Select(layer => new BlockVariant(
                made.Variants.First(variant => variant.Key.Layer == layer && variant.Key.Config == new GroupedQueryAttentionConfig(1).Name),
                SubblockVariant.OfParent(parent, layer, SubblockKind.Ffn)))],
            parent, ScalarType.Float32);
        double before = ModelEvaluator.Evaluate(child, parent, BlockwiseCases.Text).KlDivergence;

        await new GlobalDistiller(
            new GlobalDistillationOptions { Steps = 20, BatchSize = 4, Workers = 2, LearningRate = 3e-3, Precision = precision })
            .DistillAsync(new GlobalDistillationRequest(new(parent, "parent"), BlockwiseCases.Text, new(child, "child")));

        Assert.Equal(ScalarType.Float32, child.ElementType);
        double after = ModelEvaluator.Evaluate(child, parent, BlockwiseCases.Text).KlDivergence;
        Assert.True(after < before, $"{before} became {after}");
    }
}
