using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// How alike key-value heads are, in coordinates in which distances are what sharing them costs. A head's values may be changed by any
/// invertible matrix that O undoes, and each rotary pair of its keys by a complex factor that Q undoes. P = H / 2 rotary pairs.
/// </summary>
internal sealed class HeadStatistics : IDisposable
{
    // Queries that hardly read a rotary pair must not make its factor run away.
    private static readonly Scalar LeastQuery = 1e-6.ToScalar();
    private readonly List<Tensor> _owned = [];

    /// <param name="heads">The parent's projections; taken over.</param>
    /// <param name="moment">The second moment of what they read, z^T z / n, [E, E], 64-bit; taken over.</param>
    public HeadStatistics(AttentionMatrices heads, Tensor moment)
    {
        using var scope = NewDisposeScope();
        Heads = new AttentionMatrices(Own(heads.Query), Own(heads.Key), Own(heads.Value), Own(heads.Output));
        Moment = Own(moment);
        int count = heads.KeyValueHeads, size = heads.HeadSize;
        Tensor outputs = heads.Output.view(count, heads.QueriesPerHead, -1, size);
        Weighted = Own(Root(outputs.transpose(2, 3).matmul(outputs).sum(1)).matmul(heads.Value));
        Tensor flat = Weighted.reshape(count * size, -1);
        Values = Own(flat.matmul(moment).matmul(flat.t()).view(count, size, count, size));
        ValueEnergy = Own(Values.diagonal(0, 0, 2).diagonal(0, 0, 1).sum(1));

        Tensor queries = Energies(heads.Query.view(count, heads.QueriesPerHead, 2, size / 2, -1), moment).sum(1).sqrt();
        QueryWeights = Own(maximum(queries, queries.max().mul(LeastQuery)).clamp_min(Scalars.Tiny));
        Tensor pairs = heads.Key.view(count, 2, size / 2, -1).permute(2, 1, 0, 3).reshape(size / 2, 2 * count, -1);
        Tensor products = pairs.matmul(moment).matmul(pairs.transpose(1, 2));
        Tensor weights = QueryWeights.t(), both = weights.unsqueeze(2).mul(weights.unsqueeze(1));
        KeysReal = Own(Part(0, 0).add(Part(1, 1), Scalars.One).mul(both));
        KeysImaginary = Own(Part(1, 0).sub(Part(0, 1)).mul(both));

        Tensor Part(int rows, int columns) => products.narrow(1, rows * count, count).narrow(2, columns * count, count);
    }

    /// <summary>Gets the parent's projections.</summary>
    public AttentionMatrices Heads { get; }

    /// <summary>Gets the second moment of what they read, [E, E].</summary>
    public Tensor Moment { get; }

    /// <summary>Gets the values weighted by what O makes of them: S^1/2 V with S = sum over the head's queries of O_q^T O_q, [K, H, E].</summary>
    public Tensor Weighted { get; }

    /// <summary>Gets the second moments of the weighted values, every head with every other, [K, H, K, H].</summary>
    public Tensor Values { get; }

    /// <summary>Gets the mean square of what each head adds to the residual stream where it attends to one token, [K].</summary>
    public Tensor ValueEnergy { get; }

    /// <summary>Gets the root of the summed mean squares of the head's queries in each rotary pair, [K, P].</summary>
    public Tensor QueryWeights { get; }

    /// <summary>Gets the Hermitian second moments of weighted keys, for each rotary pair every head with every other, [P, K, K]: the real parts.</summary>
    public Tensor KeysReal { get; }

    /// <summary>Gets the imaginary parts.</summary>
    public Tensor KeysImaginary { get; }

    public void Dispose() => _owned.ForEach(tensor => tensor.Dispose());

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    // The mean square of each complex pair: [..., 2, P, E] gives [..., P].
    private static Tensor Energies(Tensor pairs, Tensor moment) => pairs.matmul(moment).mul(pairs).sum([-1L]).sum([-2L]);

    // Symmetric square roots, batched.
    private static Tensor Root(Tensor matrices)
    {
        (Tensor values, Tensor vectors) = linalg.eigh(matrices);
        return vectors.mul(values.clamp_min(Scalars.Zero).sqrt().unsqueeze(-2)).matmul(vectors.transpose(-2, -1));
    }
}
