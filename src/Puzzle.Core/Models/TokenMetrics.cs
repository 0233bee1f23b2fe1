using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Sums over the rows of a chunk of positions, scalars of 64 bits where the rows are. Equal inputs give exactly the metric's
/// identity.</summary>
internal static class TokenMetrics
{
    private const long TargetLogits = 4 << 20;

    /// <summary>Gives the rows of a chunk, so that its logits take about 16 MB.</summary>
    public static long RowsPerChunk(int vocabularySize) => Math.Max(1, TargetLogits / vocabularySize);

    /// <summary>Gives the summed KL(expected || actual) of rows of log-probabilities, [R, V] each; exactly 0 where they are
    /// equal.</summary>
    public static Tensor KlDivergence(Tensor expected, Tensor actual) =>
        expected.exp().mul(expected.sub(actual)).sum(ScalarType.Float64);

    /// <summary>Gives the summed loss of the tokens that came next, from log-probabilities [R, V] and ids [R].</summary>
    public static Tensor Loss(Tensor logProbabilities, Tensor next) =>
        logProbabilities.gather(1, next.unsqueeze(1)).sum(ScalarType.Float64).neg();

    /// <summary>Gives the tokens of each row in order of probability, the first <paramref name="count"/>: [R, count].</summary>
    public static Tensor Ranked(Tensor logProbabilities, int count) =>
        logProbabilities.topk((int)Math.Min(count, logProbabilities.size(1)), dim: -1).indexes;

    /// <summary>Counts the rows whose next token is among the first <paramref name="count"/> of <see cref="Ranked"/>.</summary>
    public static Tensor Hits(Tensor ranked, Tensor next, int count) =>
        Count(ranked.narrow(1, 0, Math.Min(count, ranked.size(1))).eq(next.unsqueeze(1)));

    /// <summary>Counts the rows that rank the same token first.</summary>
    public static Tensor Agreements(Tensor expected, Tensor actual) => Count(expected.argmax(1).eq(actual.argmax(1)));

    /// <summary>Gives the summed cosine of the angles between rows of hidden states, [R, D] each; exactly 1 for an equal row.</summary>
    public static Tensor Cosine(Tensor expected, Tensor actual)
    {
        (Tensor a, Tensor b) = (expected.to(ScalarType.Float64), actual.to(ScalarType.Float64));
        Tensor dot = a.mul(b).sum(1), first = a.mul(a).sum(1), second = b.mul(b).sum(1);
        // The root of a square is exact, so that an equal row gives exactly 1.
        Tensor norms = first.mul(second).sqrt();
        return SumInOrder(where(norms.ne(Scalars.Zero), dot.div(norms), first.eq(second).to(ScalarType.Float64)));
    }

    /// <summary>Gives the summed squared distances of rows of hidden states, [R, D] each, as shares of the expected row's squared norm;
    /// exactly 0 for an equal row.</summary>
    public static Tensor NormalizedError(Tensor expected, Tensor actual)
    {
        (Tensor a, Tensor b) = (expected.to(ScalarType.Float64), actual.to(ScalarType.Float64));
        Tensor difference = a.sub(b);
        Tensor error = difference.mul(difference).sum(1), norm = a.mul(a).sum(1);
        return SumInOrder(where(norm.ne(Scalars.Zero), error.div(norm), error.ne(Scalars.Zero).to(ScalarType.Float64)));
    }

    // One row after the other, as scores were summed before they stayed on the device.
    private static Tensor SumInOrder(Tensor rows) => rows.cumsum(0).narrow(0, rows.size(0) - 1, 1).squeeze(0);

    private static Tensor Count(Tensor flags) => flags.sum().to(ScalarType.Float64);
}
