using Puzzle.Architectures;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>Shapes that are measured; what the weights are does not matter for time.</summary>
internal static class BenchmarkModels
{
    /// <summary>The default parent's shape: 7 million parameters.</summary>
    public static ModelConfig Small { get; } = new()
    {
        VocabularySize = 2048,
        HiddenSize = 256,
        AttentionHeads = 8,
        HeadSize = 32,
        MaxPositions = 512,
        TieWordEmbeddings = true,
        Architecture = Architecture.Uniform(8, BlockConfig.Parse("gqa-8/704")),
    };

    /// <summary>125 million parameters.</summary>
    public static ModelConfig Medium { get; } = new()
    {
        VocabularySize = 32000,
        HiddenSize = 768,
        AttentionHeads = 12,
        HeadSize = 64,
        MaxPositions = 1024,
        Architecture = Architecture.Uniform(12, BlockConfig.Parse("gqa-4/2048")),
    };

    /// <summary>36 million parameters.</summary>
    public static ModelConfig Million36 { get; } = new()
    {
        VocabularySize = 8192,
        HiddenSize = 512,
        AttentionHeads = 8,
        HeadSize = 64,
        MaxPositions = 1024,
        TieWordEmbeddings = true,
        Architecture = Architecture.Uniform(12, BlockConfig.Parse("gqa-4/1216")),
    };

    /// <summary>The shape of SmolLM2-135M: 135 million parameters.</summary>
    public static ModelConfig Million135 { get; } = new()
    {
        VocabularySize = 49152,
        HiddenSize = 576,
        AttentionHeads = 9,
        HeadSize = 64,
        MaxPositions = 1024,
        TieWordEmbeddings = true,
        Architecture = Architecture.Uniform(30, BlockConfig.Parse("gqa-3/1536")),
    };

    /// <summary>Five heterogeneous children of <see cref="Small"/>.</summary>
    public static IReadOnlyList<Architecture> SmallChildren { get; } =
    [
        .. new[]
        {
            "gqa-4/704 gqa-4/528 gqa-2/528 gqa-2/352 gqa-4/352 gqa-2/528 gqa-4/704 gqa-8/704",
            "gqa-8/704 noop/704 gqa-8/noop noop/704 gqa-8/704 noop/528 gqa-8/noop gqa-8/704",
            "gqa-1/704 gqa-1/704 linear/704 gqa-1/704 linear/704 gqa-1/704 linear/704 gqa-1/704",
            "gqa-8/176 gqa-8/176 gqa-8/80 gqa-8/linear gqa-8/80 gqa-8/linear gqa-8/176 gqa-8/704",
            "gqa-4/352 noop/352 gqa-2/176 noop/noop linear/linear gqa-1/80 noop/352 gqa-4/528",
        }.Select(blocks => new Architecture(blocks.Split(' ').Select(BlockConfig.Parse))),
    ];
}
