using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;
using TorchSharp;

namespace Puzzle.Tests;

/// <summary>Small random models and token windows that every test can afford.</summary>
internal static class TinyModel
{
    public const int Vocabulary = 61;

    public static ModelConfig Config(int layers = 3, bool tied = true) => new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = 32,
        AttentionHeads = 4,
        HeadSize = 8,
        MaxPositions = 64,
        TieWordEmbeddings = tied,
        Architecture = Architecture.Uniform(layers, new BlockConfig(new GroupedQueryAttentionConfig(4), new GatedFfnConfig(48))),
    };

    /// <summary>A mixture of every kind of subblock.</summary>
    public static ModelConfig Mixed() => Config() with
    {
        TieWordEmbeddings = false,
        RopeScaling = new Llama3RopeScaling(8, 1, 4, 32),
        Architecture = new Architecture(
            new[] { "gqa-4/48", "gqa-2/16", "gqa-1/noop", "linear/linear", "noop/48", "noop/noop" }.Select(BlockConfig.Parse)),
    };

    public static CausalLanguageModel Create(ModelConfig? config = null, long seed = 1) => RandomWeights.Create(config ?? Config(), seed);

    /// <summary>Random weights large enough that every subblock matters to the output.</summary>
    public static CausalLanguageModel Loud(ModelConfig? config = null, long seed = 1)
    {
        using var scope = torch.NewDisposeScope();
        using CausalLanguageModel quiet = Create(config, seed);
        var weights = quiet.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        using Scalar factor = 10f.ToScalar();
        return CausalLanguageModel.Create(
            quiet.Config, name => weights[name].dim() > 1 ? weights[name].mul(factor) : weights[name].clone());
    }

    /// <summary>The parent's own variant of a subblock.</summary>
    public static SubblockVariant Own(CausalLanguageModel parent, int layer, SubblockKind kind) =>
        SubblockVariant.OfParent(parent, layer, kind);

    /// <summary>The parent's own block.</summary>
    public static BlockVariant OwnBlock(CausalLanguageModel parent, int layer) =>
        new(Own(parent, layer, SubblockKind.Attention), Own(parent, layer, SubblockKind.Ffn));

    public static PackedTokenDataset Windows(int count, int length = 16, int seed = 3, ulong order = 0)
    {
        var random = new Random(seed);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, count).Select(
                _ => (IReadOnlyList<int>)[.. Enumerable.Range(0, length).Select(_ => random.Next(Vocabulary))])],
            Vocabulary, order);
    }
}
