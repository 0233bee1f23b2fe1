using Puzzle.Architectures;

namespace Puzzle.GpuCheck;

/// <summary>The shapes of the check.</summary>
/// <param name="Parity">The model whose results are compared.</param>
/// <param name="ParityTokens">Tokens of one of its windows.</param>
/// <param name="Rate">The model whose rates are measured: layers of a model of a billion parameters, few of them.</param>
/// <param name="RateTokens">Tokens of one of its windows.</param>
/// <param name="Steps">Steps of each training.</param>
/// <param name="Product">The size of the square matrix product that gives the ceiling.</param>
internal sealed record CheckSizes(ModelConfig Parity, int ParityTokens, ModelConfig Rate, int RateTokens, int Steps, int Product)
{
    public static CheckSizes Whole { get; } = new(
        Shape(layers: 4, hidden: 256, heads: 8, keyValueHeads: 4, headSize: 32, ffn: 704, vocabulary: 2048, positions: 256), 128,
        Shape(layers: 4, hidden: 2048, heads: 32, keyValueHeads: 8, headSize: 64, ffn: 8192, vocabulary: 32000, positions: 1024), 1024,
        Steps: 16, Product: 8192);

    public static CheckSizes Rehearsal { get; } = new(
        Shape(layers: 2, hidden: 32, heads: 4, keyValueHeads: 2, headSize: 8, ffn: 48, vocabulary: 64, positions: 64), 16,
        Shape(layers: 2, hidden: 64, heads: 4, keyValueHeads: 2, headSize: 16, ffn: 128, vocabulary: 64, positions: 64), 32,
        Steps: 3, Product: 256);

    private static ModelConfig Shape(
        int layers, int hidden, int heads, int keyValueHeads, int headSize, int ffn, int vocabulary, int positions) => new()
    {
        VocabularySize = vocabulary,
        HiddenSize = hidden,
        AttentionHeads = heads,
        HeadSize = headSize,
        MaxPositions = positions,
        TieWordEmbeddings = true,
        Architecture = Architecture.Uniform(
            layers, new BlockConfig(new GroupedQueryAttentionConfig(keyValueHeads), new GatedFfnConfig(ffn))),
    };
}
