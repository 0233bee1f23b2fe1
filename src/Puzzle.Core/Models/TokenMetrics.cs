using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Sums over the rows of a chunk of positions. Equal inputs give exactly the metric's identity.</summary>
internal static class TokenMetrics
{
    private const long TargetLogits = 4 << 20;

    /// <summary>Gives the rows of a chunk, so that its logits take about 16 MB.</summary>
    public static long RowsPerChunk(int vocabularySize) => Math.Max(1, TargetLogits / vocabularySize);

    /// <summary>Gives the summed KL(expected || actual) of rows of log-probabilities, [R, V] each; exactly 0 where they are
    /// equal.</summary>
    public static double KlDivergence(Tensor expected, Tensor actual) =>
        expected.exp().mul(expected.sub(actual)).sum(ScalarType.Float64).item<double>();

    /// <summary>Gives the summed loss of the tokens that came next, from log-probabilities [R, V] and ids [R].</summary>
    public static double Loss(Tensor logProbabilities, Tensor next) =>
        -logProbabilities.gather(1, next.unsqueeze(1)).sum(ScalarType.Float64).item<double>();

    /// <summary>Gives the tokens of each row in order of probability, the first <paramref name="count"/>: [R, count].</summary>
    public static Tensor Ranked(Tensor logProbabilities, int count) =>
        logProbabilities.topk((int)Math.Min(count, logProbabilities.size(1)), dim: -1).indexes;

    /// <summary>Counts the rows whose next token is among the first <paramref name="count"/> of <see cref="Ranked"/>.</summary>
    public static double Hits(Tensor ranked, Tensor next, int count) =>
        Count(ranked.narrow(1, 0, Math.Min(count, ranked.size(1))).eq(next.unsqueeze(1)));

    /// <summary>Counts the rows that rank the same token first.</summary>
    public static double Agreements(Tensor expected, Tensor actual) => Count(expected.argmax(1).eq(actual.argmax(1)));

    /// <summary>Gives the summed cosine of the angles between rows of hidden states, [R, D] each; exactly 1 for an equal row.</summary>
    public static double Cosine(Tensor expected, Tensor actual)
    {
        (Tensor a, Tensor b) = (expected.to(ScalarType.Float64), actual.to(ScalarType.Float64));
        double[] dot = RowSums(a.mul(b)), first = RowSums(a.mul(a)), second = RowSums(b.mul(b));
        double sum = 0;
        for (int row = 0; row < dot.Length; row++)
        {
            // The root of a square is exact, so that an equal row gives exactly 1.
            double norms = Math.Sqrt(first[row] * second[row]);
            sum += norms != 0 ? dot[row] / norms : first[row] == second[row] ? 1 : 0;
        }
        return sum;
    }

    /// <summary>Gives the summed squared distances of rows of hidden states, [R, D] each, as shares of the expected row's squared norm;
    /// exactly 0 for an equal row.</summary>
    public static double NormalizedError(Tensor expected, Tensor actual)
    {
        (Tensor a, Tensor b) = (expected.to(ScalarType.Float64), actual.to(ScalarType.Float64));
        Tensor difference = a.sub(b);
        double[] error = RowSums(difference.mul(difference)), norm = RowSums(a.mul(a));
        double sum = 0;
        for (int row = 0; row < error.Length; row++)
            sum += norm[row] != 0 ? error[row] / norm[row] : error[row] == 0 ? 0 : 1;
        return sum;
    }

    private static double[] RowSums(Tensor rows) => rows.sum(1).cpu().data<double>().ToArray();

    private static double Count(Tensor flags) => flags.sum().item<long>();
}
