using Puzzle.Architectures;
using Puzzle.Models;

namespace Puzzle.Tests.Models;

/// <summary>A small heterogeneous model with random weights.</summary>
internal static class TinyModel
{
    public const int Vocabulary = 40;
    public const int MaxPositions = 24;

    public static CausalLanguageModel Create(long seed) => RandomWeights.Create(
        new ModelConfig
        {
            VocabularySize = Vocabulary,
            HiddenSize = 32,
            AttentionHeads = 4,
            HeadSize = 8,
            MaxPositions = MaxPositions,
            EndOfTextIds = [2],
            Architecture = new Architecture(
            [
                new BlockConfig(new GroupedQueryAttentionConfig(2), new GatedFfnConfig(64)),
                new BlockConfig(new NoOpAttentionConfig(), new GatedFfnConfig(48)),
                new BlockConfig(new GroupedQueryAttentionConfig(1), new LinearFfnConfig()),
            ]),
        },
        seed);
}
