using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// The best common keys of several heads: positions rotate pairs of dimensions, so a head's keys may only be changed by a
/// complex factor per pair, whose conjugate its queries get. With k_h the complex key rows of a pair and w_h what the head's
/// queries are in it, each pair is a rank-one problem.
/// </summary>
internal sealed class RotaryPairs
{
    // Queries that hardly read a pair must not make its factor run away.
    private static readonly Scalar LeastQuery = 1e-6.ToScalar();

    private readonly AttentionMatrices _heads;
    private readonly Tensor _weights;

    /// <param name="heads">The parent's projections; P = R / 2 pairs are rotated.</param>
    /// <param name="moment">The second moment S of what they read, [E, E].</param>
    public RotaryPairs(AttentionMatrices heads, Tensor moment)
    {
        _heads = heads;
        int count = heads.KeyValueHeads, pairs = heads.RotarySize / 2;
        Tensor queries = heads.ByHead(heads.Query).narrow(2, 0, 2 * pairs).reshape(count, heads.QueriesPerHead, 2, pairs, -1);
        Tensor read = queries.matmul(moment).mul(queries).sum([1L, 2L, 4L]).sqrt();
        _weights = maximum(read, read.max().mul(LeastQuery)).clamp_min(Scalars.Tiny);
        Tensor keys = heads.Key.narrow(1, 0, 2 * pairs).reshape(count, 2, pairs, -1).permute(2, 1, 0, 3).reshape(pairs, 2 * count, -1);
        Tensor products = keys.matmul(moment).matmul(keys.transpose(1, 2));
        Tensor both = _weights.t().unsqueeze(2).mul(_weights.t().unsqueeze(1));
        Real = Part(0, 0).add(Part(1, 1), Scalars.One).mul(both);
        Imaginary = Part(1, 0).sub(Part(0, 1)).mul(both);

        Tensor Part(int rows, int columns) => products.narrow(1, rows * count, count).narrow(2, columns * count, count);
    }

    /// <summary>Gets the real parts of w_h w_j k_h S k_j^H, for each pair every head with every other, [P, K, K].</summary>
    public Tensor Real { get; }

    /// <summary>Gets the imaginary parts.</summary>
    public Tensor Imaginary { get; }

    /// <summary>Gives the tensors that have to live as long as this.</summary>
    public IEnumerable<Tensor> Owned => [_weights, Real, Imaginary];

    /// <summary>
    /// Gives one key for a group. With u the first eigenvector of the pair's matrix and e its eigenvalue, k' is the sum of
    /// conj(u_h) w_h k_h / e^1/2, and k_h is about a_h k' with a_h = e^1/2 u_h / w_h; scaled so that the mean |a_h|^2 is 1.
    /// </summary>
    /// <param name="group">The heads, g of them.</param>
    /// <returns>The rotated rows of the key, [R, E], and of the group's queries, [g * N / K, R, E].</returns>
    public (Tensor Key, Tensor Query) Of(int[] group)
    {
        Tensor index = tensor([.. group.Select(head => (long)head)]);
        Tensor real = Real.index_select(1, index).index_select(2, index);
        Tensor imaginary = Imaginary.index_select(1, index).index_select(2, index);
        // A Hermitian matrix as a real symmetric one of twice the size: its eigenvectors are real parts above imaginary parts.
        (Tensor energies, Tensor vectors) = linalg.eigh(cat([cat([real, imaginary.neg()], 2), cat([imaginary, real], 2)], 1));
        Tensor root = energies.select(1, energies.size(1) - 1).clamp_min(Scalars.Tiny).sqrt();
        Tensor first = vectors.select(2, vectors.size(2) - 1).t();
        Tensor x = first.narrow(0, 0, group.Length), y = first.narrow(0, group.Length, group.Length);
        Tensor weights = _weights.index_select(0, index), factor = root.div(weights);
        Tensor scale = factor.mul(factor).mul(x.mul(x).add(y.mul(y), Scalars.One)).mean([0L]).sqrt().clamp_min(Scalars.Tiny);

        Tensor mix = weights.div(root).mul(scale), back = factor.div(scale).unsqueeze(1);
        Tensor keys = _heads.Key.index_select(0, index).narrow(1, 0, _heads.RotarySize);
        Tensor queries = _heads.ByHead(_heads.Query).index_select(0, index).narrow(2, 0, _heads.RotarySize);
        return (
            Turn(keys, x.mul(mix), y.neg().mul(mix)).sum([0L]),
            Turn(queries, x.unsqueeze(1).mul(back), y.unsqueeze(1).neg().mul(back)).flatten(0, 1));
    }

    // Multiplies the pairs of [..., R, E] by complex factors [..., P].
    private static Tensor Turn(Tensor heads, Tensor real, Tensor imaginary)
    {
        long half = heads.size(-2) / 2;
        Tensor a = heads.narrow(-2, 0, half), b = heads.narrow(-2, half, half), x = real.unsqueeze(-1), y = imaginary.unsqueeze(-1);
        return cat([a.mul(x).sub(b.mul(y)), b.mul(x).add(a.mul(y), Scalars.One)], -2);
    }
}
