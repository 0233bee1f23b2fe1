using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>Makes one key-value head of each group, in the coordinates in which least is lost, and the queries and outputs that read it.</summary>
internal static class SharedHeads
{
    // Directions of less than this share of the largest energy are noise of 32-bit products: they are not blown up.
    private const double Floor = 1e-8;

    /// <summary>Merges heads; the caller's scope owns the result, whose query heads are in the order of the groups.</summary>
    /// <param name="statistics">The parent's heads.</param>
    /// <param name="groups">The heads of each new head, equally many.</param>
    /// <param name="keys">Whether keys are aligned. If not, they are averaged, and queries stay as they are.</param>
    public static AttentionMatrices Merge(HeadStatistics statistics, IReadOnlyList<int[]> groups, bool keys = true)
    {
        using var scope = NewDisposeScope();
        AttentionMatrices parent = statistics.Heads;
        var made = groups.Select(group =>
        {
            (Tensor value, Tensor output) = Values(statistics, group);
            (Tensor key, Tensor query) = keys ? Keys(statistics, group) : (Heads(parent.Key, group).mean([0L]), Heads(parent.Query, Queries(parent, group)));
            return new AttentionMatrices(query, key.unsqueeze(0), value.unsqueeze(0), output);
        }).ToList();
        return new AttentionMatrices(
            cat([.. made.Select(group => group.Query)], 0).MoveToOuterDisposeScope(),
            cat([.. made.Select(group => group.Key)], 0).MoveToOuterDisposeScope(),
            cat([.. made.Select(group => group.Value)], 0).MoveToOuterDisposeScope(),
            cat([.. made.Select(group => group.Output)], 0).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The values of most energy after O: with T the weighted values of all heads of the group, W = T S T^T and its first H eigenvectors U with
    /// eigenvalues L, V' = L^-1/2 U^T T and O_q' = O_q V_h S T^T U L^-1/2 (S is the second moment of the input).
    /// </summary>
    private static (Tensor Value, Tensor Output) Values(HeadStatistics statistics, int[] group)
    {
        AttentionMatrices parent = statistics.Heads;
        int size = parent.HeadSize;
        Tensor weighted = Heads(statistics.Weighted, group).reshape(group.Length * size, -1);
        Tensor moments = Heads(statistics.Values, group).index_select(2, Index(group)).reshape(group.Length * size, group.Length * size);
        (Tensor energies, Tensor vectors) = linalg.eigh(moments);
        Tensor first = energies.narrow(0, (group.Length - 1) * size, size), axes = vectors.narrow(1, (group.Length - 1) * size, size);
        using Scalar least = Math.Max(first[-1].item<double>() * Floor, double.MinNormal).ToScalar();
        Tensor value = axes.div(first.clamp_min(least).sqrt()).t().matmul(weighted);
        Tensor read = Heads(parent.Value, group).matmul(statistics.Moment).matmul(value.t());
        Tensor output = parent.Output.view(parent.KeyValueHeads, parent.QueriesPerHead, -1, size).index_select(0, Index(group)).matmul(read.unsqueeze(1));
        return (value, output.reshape(group.Length * parent.QueriesPerHead, -1, size));
    }

    /// <summary>
    /// The best rank one of each rotary pair: keys k_h of weight w_h become a_h k', the conjugate of a_h goes to the queries. With u the first
    /// eigenvector of w_h w_j k_h S k_j^H and e its eigenvalue, k' is the sum of conj(u_h) w_h k_h / e^1/2 and a_h = e^1/2 u_h / w_h,
    /// scaled so that the mean |a_h|^2 is 1.
    /// </summary>
    private static (Tensor Key, Tensor Query) Keys(HeadStatistics statistics, int[] group)
    {
        AttentionMatrices parent = statistics.Heads;
        int half = parent.HeadSize / 2;
        Tensor index = Index(group);
        Tensor real = statistics.KeysReal.index_select(1, index).index_select(2, index), imaginary = statistics.KeysImaginary.index_select(1, index).index_select(2, index);
        // A Hermitian matrix as a real symmetric one of twice the size; its eigenvectors are (real parts, imaginary parts).
        (Tensor energies, Tensor vectors) = linalg.eigh(cat([cat([real, imaginary.neg()], 2), cat([imaginary, real], 2)], 1));
        Tensor root = energies.select(1, -1).clamp_min(Scalars.Smallest).sqrt(), first = vectors.select(2, -1).t();
        Tensor cosine = first.narrow(0, 0, group.Length), sine = first.narrow(0, group.Length, group.Length);
        Tensor weights = Heads(statistics.QueryWeights, group).clamp_min(Scalars.Smallest);
        Tensor factor = root.div(weights), factorReal = cosine.mul(factor), factorImaginary = sine.mul(factor);
        Tensor scale = factorReal.mul(factorReal).add(factorImaginary.mul(factorImaginary), Scalars.One).mean([0L]).sqrt().clamp_min(Scalars.Smallest);

        Tensor keys = Heads(parent.Key, group);
        Tensor mix = weights.div(root).mul(scale);
        Tensor key = Turn(keys, cosine.mul(mix), sine.neg().mul(mix)).sum(0);
        Tensor queries = parent.Query.view(parent.KeyValueHeads, parent.QueriesPerHead, parent.HeadSize, -1).index_select(0, index);
        Tensor query = Turn(queries, factorReal.div(scale).unsqueeze(1), factorImaginary.neg().div(scale).unsqueeze(1));
        return (key, query.reshape(group.Length * parent.QueriesPerHead, parent.HeadSize, -1));

        // Multiplies rotary pairs, rows p and p + H / 2 of [..., H, E], by complex factors [..., P].
        Tensor Turn(Tensor heads, Tensor factorReal, Tensor factorImaginary)
        {
            Tensor a = heads.narrow(-2, 0, half), b = heads.narrow(-2, half, half), x = factorReal.unsqueeze(-1), y = factorImaginary.unsqueeze(-1);
            return cat([a.mul(x).sub(b.mul(y)), b.mul(x).add(a.mul(y), Scalars.One)], -2);
        }
    }

    private static Tensor Heads(Tensor all, IEnumerable<int> heads) => all.index_select(0, Index(heads));

    private static int[] Queries(AttentionMatrices parent, int[] group) => [.. group.SelectMany(parent.QueriesOf)];

    private static Tensor Index(IEnumerable<int> heads) => tensor([.. heads.Select(head => (long)head)]);
}
