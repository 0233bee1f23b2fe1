using Puzzle.Architectures;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>A random model of the default parent's shape, and random text.</summary>
internal static class BenchmarkModel
{
    public static ModelConfig Config { get; } = new()
    {
        VocabularySize = 2048,
        HiddenSize = 256,
        AttentionHeads = 8,
        HeadSize = 32,
        MaxPositions = 512,
        TieWordEmbeddings = true,
        Architecture = Architecture.Uniform(8, new BlockConfig(new GroupedQueryAttentionConfig(8), new GatedFfnConfig(704))),
    };

    public static PackedTokenDataset Windows(int count, int length, ulong seed = 1)
    {
        var random = new Random(5);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, count)
                .Select(_ => (IReadOnlyList<int>)[.. Enumerable.Range(0, length).Select(_ => random.Next(Config.VocabularySize))])],
            Config.VocabularySize, seed);
    }
}
