using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>What least squares needs to know of text: the features' second moments, and theirs with the target. k features, D numbers of a
/// target.</summary>
/// <param name="Gram">X^T X / n, [k, k], 64-bit, on the CPU.</param>
/// <param name="Cross">X^T Y / n, [k, D]; null where nothing is fitted to a target.</param>
/// <param name="Tokens">The number n of tokens.</param>
internal sealed record SecondMoments(Tensor Gram, Tensor? Cross, long Tokens) : IDisposable
{
    /// <summary>Adds up batch after batch, in order, so that the sums repeat bit for bit. Products are 32-bit, sums of batches
    /// 64-bit.</summary>
    /// <param name="batches">The number of batches, at least one.</param>
    /// <param name="observe">Gives a batch's features, [..., k], and its target, [..., D] or null.</param>
    /// <param name="cancellationToken">Checked before each batch, and between strips of large products.</param>
    /// <param name="workers">Batches multiplied side by side; the result does not depend on it.</param>
    public static SecondMoments Measure(
        int batches, Func<int, (Tensor Features, Tensor? Target)> observe, CancellationToken cancellationToken, int workers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batches);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor? gram = null, cross = null;
        long tokens = 0;
        for (int first = 0; first < batches; first += workers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (SecondMoments sums in Products(first, Math.Min(workers, batches - first), observe, cancellationToken))
            {
                using var roundScope = NewDisposeScope();
                gram = Add(gram, sums.Gram);
                if (sums.Cross is not null)
                    cross = Add(cross, sums.Cross);
                tokens += sums.Tokens;
                sums.Dispose();
            }
        }
        using Scalar count = ((double)tokens).ToScalar();
        return new SecondMoments(gram!.div_(count).DetachFromDisposeScope(), cross?.div_(count).DetachFromDisposeScope(), tokens);
    }

    /// <summary>Gives the moments that stand for no text at all: every feature as large as the next, and none related to another.</summary>
    /// <param name="features">The number of features.</param>
    public static SecondMoments Identity(long features) =>
        new(eye(features, dtype: ScalarType.Float64).DetachFromDisposeScope(), null, Tokens: 0);

    /// <summary>Gets a value indicating whether all numbers are finite; what a broken parent gives is not.</summary>
    public bool IsFinite
    {
        get
        {
            using var scope = NewDisposeScope();
            return Gram.isfinite().all().item<bool>() && (Cross is null || Cross.isfinite().all().item<bool>());
        }
    }

    public void Dispose()
    {
        Gram.Dispose();
        Cross?.Dispose();
    }

    // The sums of some batches each, not divided, 32-bit; the caller disposes them.
    private static SecondMoments[] Products(
        int first, int count, Func<int, (Tensor Features, Tensor? Target)> observe, CancellationToken cancellationToken)
    {
        var products = new SecondMoments[count];
        try
        {
            if (count == 1)
                products[0] = Of(first);
            else
                TorchWorkers.ForEach(count, [.. Enumerable.Range(0, count)], i => products[i] = Of(first + i), cancellationToken);
            return products;
        }
        catch
        {
            foreach (SecondMoments? made in products)
                made?.Dispose();
            throw;
        }

        SecondMoments Of(int batch)
        {
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            (Tensor features, Tensor? target) = observe(batch);
            Tensor x = Rows(features), transposed = x.t();
            Tensor gram = BlockedAlgebra.Product(transposed, x, cancellationToken);
            Tensor? cross = target is null ? null : BlockedAlgebra.Product(transposed, Rows(target), cancellationToken);
            return new SecondMoments(gram.DetachFromDisposeScope(), cross?.DetachFromDisposeScope(), x.size(0));
        }
    }

    private static Tensor Rows(Tensor values) => values.reshape(-1, values.size(-1)).to(ScalarType.Float32);

    private static Tensor Add(Tensor? sum, Tensor product)
    {
        Tensor wide = product.cpu().to(ScalarType.Float64);
        if (sum is null)
            return wide.MoveToOuterDisposeScope();
        return sum.add_(wide, Scalars.One);
    }
}
