using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;
using TorchSharp;

namespace Puzzle.Testing;

/// <summary>A tiny model of random weights, with windows of tokens for it, that every test can afford.</summary>
public static class TestModel
{
    /// <summary>The size of the vocabulary.</summary>
    public const int VocabularySize = 61;

    /// <summary>Gives the shape: hidden size 32, 4 query and key-value heads of 8, FFN width 48, at most 64 tokens.</summary>
    /// <param name="layers">The layers; 3 by default.</param>
    /// <param name="tied">Whether embedding and head share their weights; true by default.</param>
    public static ModelConfig Config(int layers = 3, bool tied = true) => new()
    {
        VocabularySize = VocabularySize,
        HiddenSize = 32,
        AttentionHeads = 4,
        HeadSize = 8,
        MaxPositions = 64,
        TieWordEmbeddings = tied,
        Architecture = Architecture.Uniform(layers, new BlockConfig(new GroupedQueryAttentionConfig(4), new GatedFfnConfig(48))),
    };

    /// <summary>Creates the model, with weights large enough that every subblock matters to the output.</summary>
    /// <param name="config">The shape; <see cref="Config"/> if null.</param>
    /// <param name="seed">The seed of the weights.</param>
    public static CausalLanguageModel Create(ModelConfig? config = null, long seed = 1)
    {
        using var scope = torch.NewDisposeScope();
        using CausalLanguageModel quiet = RandomWeights.Create(config ?? Config(), seed);
        var weights = quiet.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        using Scalar factor = 10f.ToScalar();
        return CausalLanguageModel.Create(
            quiet.Config, name => weights[name].dim() > 1 ? weights[name].mul(factor) : weights[name].clone());
    }

    /// <summary>Gives windows of random tokens.</summary>
    /// <param name="count">How many.</param>
    /// <param name="length">The tokens of each.</param>
    /// <param name="seed">The seed of the tokens.</param>
    /// <param name="order">The seed of the order that windows are read in.</param>
    public static PackedTokenDataset Windows(int count, int length = 16, int seed = 3, ulong order = 0)
    {
        var random = new Random(seed);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, count).Select(
                _ => (IReadOnlyList<int>)[.. Enumerable.Range(0, length).Select(_ => random.Next(VocabularySize))])],
            VocabularySize, order);
    }

    /// <summary>Gives the parent's own block of a layer.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="layer">The layer, 0-based.</param>
    public static BlockVariant OwnBlock(CausalLanguageModel parent, int layer) => new(
        SubblockVariant.OfParent(parent, layer, SubblockKind.Attention), SubblockVariant.OfParent(parent, layer, SubblockKind.Ffn));

    /// <summary>Gives the digest of all of a model's weights.</summary>
    /// <param name="model">The model.</param>
    public static string Digest(CausalLanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return WeightsDigest.Of(model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value));
    }
}
