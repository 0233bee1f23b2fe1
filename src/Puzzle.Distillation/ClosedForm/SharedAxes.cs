using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// The best common coordinates of several heads' vectors x_h = X_h z that are read by matrices of their own: a head's x may be
/// changed by any invertible matrix that its readers undo. S is the second moment of z, R_h the sum of A^T A over the head's
/// readers A.
/// </summary>
internal sealed class SharedAxes
{
    // Directions of less than this share of the largest energy are noise of 32-bit products: they are not blown up.
    private const double Floor = 1e-8;

    // Heads of zeros stay zeros.
    private const double Least = 1e-150;

    private readonly Tensor _vectors;
    private readonly Tensor _moment;
    private readonly Tensor _weighted;

    /// <param name="vectors">X of each head, [K, h, E].</param>
    /// <param name="readers">R of each head, [K, h, h].</param>
    /// <param name="moment">S, [E, E].</param>
    public SharedAxes(Tensor vectors, Tensor readers, Tensor moment)
    {
        (_vectors, _moment) = (vectors, moment);
        _weighted = Root(readers).matmul(vectors);
        long heads = vectors.size(0), size = vectors.size(1);
        Tensor flat = _weighted.reshape(heads * size, -1);
        Moments = flat.matmul(moment).matmul(flat.t()).view(heads, size, heads, size);
    }

    /// <summary>Gets the second moments of the vectors weighted by R^1/2, every head's with every other's, [K, h, K, h].</summary>
    public Tensor Moments { get; }

    /// <summary>Gives the tensors that have to live as long as this.</summary>
    public IEnumerable<Tensor> Owned => [_vectors, _weighted, Moments];

    /// <summary>
    /// Gives one X' for a group: with T the weighted vectors of its heads, one below the other, and U the first h eigenvectors
    /// of T S T^T with eigenvalues L, X' = L^-1/2 U^T T. Heads are read from it by M_h = X_h S X'^T, so that x_h is about M_h
    /// x'.
    /// </summary>
    /// <param name="group">The heads, g of them.</param>
    /// <returns>X', [h, E], and M, [g, h, h].</returns>
    public (Tensor Shared, Tensor Read) Of(int[] group)
    {
        Tensor index = tensor([.. group.Select(head => (long)head)]);
        long size = _vectors.size(1), all = group.Length * size;
        Tensor weighted = _weighted.index_select(0, index).reshape(all, -1);
        Tensor moments = Moments.index_select(0, index).index_select(2, index).reshape(all, all);
        (Tensor energies, Tensor vectors) = linalg.eigh(moments);
        Tensor first = energies.narrow(0, all - size, size), axes = vectors.narrow(1, all - size, size);
        using Scalar least = Math.Max(first[^1].item<double>() * Floor, Least).ToScalar();
        Tensor shared = axes.div(first.clamp_min(least).sqrt()).t().matmul(weighted);
        return (shared, _vectors.index_select(0, index).matmul(_moment).matmul(shared.t()));
    }

    // Symmetric square roots, batched.
    private static Tensor Root(Tensor matrices)
    {
        (Tensor values, Tensor vectors) = linalg.eigh(matrices);
        return vectors.mul(values.clamp_min(Scalars.Zero).sqrt().unsqueeze(-2)).matmul(vectors.transpose(-2, -1));
    }
}
