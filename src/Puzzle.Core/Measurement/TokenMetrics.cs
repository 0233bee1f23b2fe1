using static TorchSharp.torch;

namespace Puzzle.Measurement;

/// <summary>Sums over the rows of a chunk of next-token distributions.</summary>
internal static class TokenMetrics
{
    private const long TargetLogits = 4 << 20;

    /// <summary>Gives the rows of a chunk, so that its logits take about 16 MB.</summary>
    public static long RowsPerChunk(int vocabularySize) => Math.Max(1, TargetLogits / vocabularySize);

    /// <summary>Gives the summed KL(expected || actual) of rows of log-probabilities, [R, V] each; exactly 0 where they are equal.</summary>
    public static double KlDivergence(Tensor expected, Tensor actual) =>
        expected.exp().mul(expected.sub(actual)).sum(ScalarType.Float64).item<double>();

    /// <summary>Gives the summed loss of the tokens that came next, from log-probabilities [R, V] and ids [R].</summary>
    public static double Loss(Tensor logProbabilities, Tensor next) =>
        -logProbabilities.gather(1, next.unsqueeze(1)).sum(ScalarType.Float64).item<double>();
}
