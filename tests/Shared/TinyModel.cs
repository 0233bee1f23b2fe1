using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Text;

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
        RopeScaling = new RopeScaling(8, 1, 4, 32),
        Architecture = new Architecture(new[] { "gqa-4/48", "gqa-2/16", "gqa-1/noop", "linear/linear", "noop/48", "noop/noop" }.Select(BlockConfig.Parse)),
    };

    public static CausalLanguageModel Create(ModelConfig? config = null, long seed = 1) => RandomWeights.Create(config ?? Config(), seed);

    public static PackedTokenDataset Windows(int count, int length = 16, int seed = 3, ulong order = 0)
    {
        var random = new Random(seed);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, count).Select(_ => (IReadOnlyList<int>)[.. Enumerable.Range(0, length).Select(_ => random.Next(Vocabulary))])], Vocabulary, order);
    }
}
