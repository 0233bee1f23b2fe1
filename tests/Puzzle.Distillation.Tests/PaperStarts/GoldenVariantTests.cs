using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Tests.PaperStarts;

public sealed class GoldenVariantTests
{
    [Fact]
    public void Initializers_Stories260K_GiveTheGoldenScores()
    {
        GoldenVariants golden = GoldenVariants.Read();
        using CausalLanguageModel parent = GoldenVariants.LoadParent();

        foreach (GoldenVariants.Case item in golden.Cases)
        {
            using CausalLanguageModel child = Replace(parent, [item]);
            ModelEvaluation evaluation = ModelEvaluator.Evaluate(child, parent, golden.Windows);

            Assert.Equal(item.Loss, evaluation.LanguageModelLoss, 1e-4);
            Assert.Equal(item.Divergence, evaluation.KlDivergence, 1e-4);
        }
        Assert.Equal(golden.ParentLoss, ModelEvaluator.Evaluate(parent, parent, golden.Windows).LanguageModelLoss, 1e-4);
    }

    [Fact]
    public void Initializers_TwoLayersReplaced_GiveTheGoldenLogits()
    {
        GoldenVariants golden = GoldenVariants.Read();
        using CausalLanguageModel parent = GoldenVariants.LoadParent();
        using CausalLanguageModel child = Replace(parent, [
            new(0, new NoOpAttentionConfig(), null, 0, 0),
            new(4, null, new NoOpFfnConfig(), 0, 0)]);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();

        long[] window = [.. golden.Windows[0].ToArray().Select(id => (long)id)];
        float[] logits = child.Forward(tensor(window, [1, window.Length]))[0, -1].data<float>().ToArray();

        foreach ((int id, double logit) in golden.HeteroLogits)
            Assert.Equal(logit, logits[id], 1e-4);
        Assert.Equal(golden.HeteroLogitSum, logits.Sum(logit => (double)logit), 1e-2);
    }

    [Fact]
    public async Task BlockwiseDistiller_NoSteps_GivesTheGoldenScoresThroughLibraryAndScorer()
    {
        GoldenVariants golden = GoldenVariants.Read();
        using CausalLanguageModel parent = GoldenVariants.LoadParent();
        using var folder = new TestFolder();
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder.Path, "stories260K");
        SearchSpace space = SearchSpace.Uniform(
            parent.Config.Architecture,
            [
                new GroupedQueryAttentionConfig(2), new GroupedQueryAttentionConfig(1), new LinearAttentionConfig(),
                new NoOpAttentionConfig()
            ],
            [new LinearFfnConfig(), new NoOpFfnConfig()]);

        var untrained = new BlockwiseDistillationOptions { Steps = 0, Initialization = Initialization.Paper };
        BlockwiseDistillationResult crafted = await new BlockwiseDistiller(untrained)
            .DistillAsync(new BlockwiseDistillationRequest(new(parent, "stories260K"), golden.Windows, space, library));
        SubblockVariant Find(int layer, SubblockKind kind, string config) =>
            crafted.Variants.Single(variant => variant.Key == new SubblockKey(layer, kind, config));
        var candidates = golden.Cases.ToDictionary(item => item, item =>
        {
            BlockConfig own = parent.Config.Architecture[item.Layer];
            return new BlockVariant(
                Find(item.Layer, SubblockKind.Attention, (item.Attention ?? own.Attention).Name),
                Find(item.Layer, SubblockKind.Ffn, (item.Ffn ?? own.Ffn).Name));
        });
        var scores = new Dictionary<string, BlockScore>();
        await foreach (BlockScore score
            in new ReplaceOneBlockScorer().ScoreAsync(new ScoringRequest(parent, library, [.. candidates.Values], golden.Windows)))
            scores.Add(score.BlockId, score);

        foreach ((GoldenVariants.Case item, BlockVariant candidate) in candidates)
        {
            Assert.Equal(item.Loss, scores[candidate.Id].Metrics["lm_loss"], 1e-4);
            Assert.Equal(item.Divergence, scores[candidate.Id].Metrics["kl_div"], 1e-4);
        }
    }

    [Fact]
    public async Task ReplaceOneBlockScorer_StoredCopiesOfTheParent_ScoreExactlyZero()
    {
        GoldenVariants golden = GoldenVariants.Read();
        using CausalLanguageModel parent = GoldenVariants.LoadParent();
        using var folder = new TestFolder();
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder.Path, "stories260K");
        BlockVariant[] copies = [.. Enumerable.Range(0, 5).Select(layer => new BlockVariant(
            library.Add(TinyModel.Own(parent, layer, SubblockKind.Attention).Key, "copy", parent.Blocks[layer].Attention.Weights, []),
            library.Add(TinyModel.Own(parent, layer, SubblockKind.Ffn).Key, "copy", parent.Blocks[layer].Ffn.Weights, [])))];

        int scored = 0;
        await foreach (BlockScore score
            in new ReplaceOneBlockScorer().ScoreAsync(new ScoringRequest(parent, library, copies, golden.Windows)))
        {
            Assert.Equal(0, score.Metrics["kl_div"]);
            Assert.Equal(golden.ParentLoss, score.Metrics["lm_loss"], 1e-4);
            scored++;
        }
        Assert.Equal(5, scored);
    }

    private static CausalLanguageModel Replace(CausalLanguageModel parent, IReadOnlyList<GoldenVariants.Case> replacements)
    {
        using var scope = NewDisposeScope();
        var weights = parent.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        Architecture architecture = parent.Config.Architecture;
        foreach ((int layer, AttentionConfig? attention, FfnConfig? ffn, _, _) in replacements)
        {
            TransformerBlock block = parent.Blocks[layer];
            var made = new Dictionary<string, Tensor>();
            if (attention is not null)
                made = AttentionInitializer.Create(
                    parent.Config, (GroupedQueryAttentionConfig)block.Config.Attention, block.Attention.Weights, attention);
            foreach ((string name, Tensor weight) in ffn is null ? [] : FfnInitializer.Create(block.Ffn.Weights, null, ffn))
                made.Add(name, weight);
            foreach ((string name, Tensor weight) in made)
                weights[WeightNames.LayerPrefix(layer) + name] = weight;
            architecture = architecture.With(layer, new BlockConfig(attention ?? block.Config.Attention, ffn ?? block.Config.Ffn));
        }
        return CausalLanguageModel.Create(parent.Config with { Architecture = architecture }, name => weights[name].clone());
    }
}
