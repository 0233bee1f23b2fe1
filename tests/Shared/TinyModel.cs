using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests;

/// <summary>Small random models and token windows that every test can afford.</summary>
internal static class TinyModel
{
    public const int Vocabulary = TestModel.VocabularySize;

    public static ModelConfig Config(int layers = 3, bool tied = true) => TestModel.Config(layers, tied);

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
    public static CausalLanguageModel Loud(ModelConfig? config = null, long seed = 1) => TestModel.Create(config, seed);

    /// <summary>The parent's own variant of a subblock.</summary>
    public static SubblockVariant Own(CausalLanguageModel parent, int layer, SubblockKind kind) =>
        SubblockVariant.OfParent(parent, layer, kind);

    /// <summary>The parent's own block.</summary>
    public static BlockVariant OwnBlock(CausalLanguageModel parent, int layer) => TestModel.OwnBlock(parent, layer);

    public static PackedTokenDataset Windows(int count, int length = 16, int seed = 3, ulong order = 0) =>
        TestModel.Windows(count, length, seed, order);
}
