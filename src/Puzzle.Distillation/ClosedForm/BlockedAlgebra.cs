using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// Products, Cholesky factors and their solutions in pieces, between which a token is looked at: one native call on a matrix of 8,192 rows
/// takes ten seconds. What a call does in a fraction of a second stays one call. Blocked algorithms as in Golub and Van Loan, "Matrix
/// Computations", sections 3.1.4 and 4.2.6.
/// </summary>
internal static class BlockedAlgebra
{
    /// <summary>The largest factor that is one call: 2048^3 / 3 operations in doubles take 0.2 s on one core.</summary>
    public const long WholeSize = 2048;

    /// <summary>The rows of a block: products of 512 columns run at the full rate, and a block's own factor takes milliseconds.</summary>
    public const long BlockSize = 512;

    // A fifth of a second of one core at 20 (64-bit) or 40 (32-bit) billion operations a second.
    private const double DoubleOperations = 4e9;
    private const double FloatOperations = 8e9;

    /// <summary>Gives left times right, a strip of rows at a time.</summary>
    /// <param name="left">[n, k].</param>
    /// <param name="right">[k, m].</param>
    /// <param name="cancellationToken">Stops between strips.</param>
    public static Tensor Product(Tensor left, Tensor right, CancellationToken cancellationToken)
    {
        long rows = left.size(0), strip = RowsAtOnce(left, right);
        if (rows <= strip)
            return left.matmul(right);
        using var scope = NewDisposeScope();
        Tensor product = empty([rows, right.size(1)], left.dtype, left.device);
        for (long start = 0; start < rows; start += strip)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stripScope = NewDisposeScope();
            long size = Math.Min(strip, rows - start);
            product.narrow(0, start, size).copy_(left.narrow(0, start, size).matmul(right));
        }
        return product.MoveToOuterDisposeScope();
    }

    /// <summary>Gives the lower Cholesky factor.</summary>
    /// <param name="matrix">A, [n, n], symmetric and positive definite.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <param name="wholeSize">The largest n that is one call.</param>
    public static Tensor Cholesky(Tensor matrix, CancellationToken cancellationToken, long wholeSize = WholeSize)
    {
        long n = matrix.size(0);
        if (n <= wholeSize)
            return linalg.cholesky(matrix);
        using var scope = NewDisposeScope();
        Tensor lower = matrix.tril();
        foreach ((long start, long size) in Blocks(n))
        {
            using var blockScope = NewDisposeScope();
            Tensor rest = lower.narrow(0, start, n - start), column = rest.narrow(1, start, size);
            if (start > 0)
            {
                Tensor before = rest.narrow(1, 0, start);
                column.sub_(Product(before, before.narrow(0, 0, size).t(), cancellationToken));
            }
            cancellationToken.ThrowIfCancellationRequested();
            Tensor top = linalg.cholesky(column.narrow(0, 0, size));
            column.narrow(0, 0, size).copy_(top);
            if (start + size < n)
            {
                Tensor below = column.narrow(0, size, n - start - size);
                below.copy_(linalg.solve_triangular(top, below.t(), upper: false).t());
            }
        }
        return lower.MoveToOuterDisposeScope();
    }

    /// <summary>Solves L L^T X = R.</summary>
    /// <param name="lower">L, [n, n].</param>
    /// <param name="right">R, [n, m].</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <param name="wholeSize">The largest n that is one call.</param>
    public static Tensor Solve(Tensor lower, Tensor right, CancellationToken cancellationToken, long wholeSize = WholeSize)
    {
        long n = lower.size(0);
        if (n <= wholeSize)
            return cholesky_solve(right, lower);
        using var scope = NewDisposeScope();
        Tensor solution = right.clone();
        foreach ((long start, long size) in Blocks(n))
            Substitute(start, size, lower.narrow(0, start, size), 0, start, upper: false);
        foreach ((long start, long size) in Blocks(n).Reverse())
            Substitute(start, size, lower.narrow(1, start, size).t(), start + size, n - start - size, upper: true);
        return solution.MoveToOuterDisposeScope();

        // Rows of the solution from others, which are known.
        void Substitute(long start, long size, Tensor rows, long known, long count, bool upper)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var blockScope = NewDisposeScope();
            Tensor own = solution.narrow(0, start, size);
            if (count > 0)
                own.sub_(Product(rows.narrow(1, known, count), solution.narrow(0, known, count), cancellationToken));
            own.copy_(linalg.solve_triangular(rows.narrow(1, start, size), own, upper));
        }
    }

    /// <summary>Gives the inverse of L L^T.</summary>
    /// <param name="lower">L, [n, n].</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <param name="wholeSize">The largest n that is one call.</param>
    public static Tensor Inverse(Tensor lower, CancellationToken cancellationToken, long wholeSize = WholeSize)
    {
        long n = lower.size(0);
        if (n <= wholeSize)
            return cholesky_inverse(lower);
        using var scope = NewDisposeScope();
        Tensor inverse = empty([n, n], lower.dtype, lower.device);
        foreach ((long start, long size) in Blocks(n))
        {
            // What is above is the transpose of what was found.
            using var blockScope = NewDisposeScope();
            long left = n - start;
            Tensor corner = lower.narrow(0, start, left).narrow(1, start, left);
            Tensor column = Solve(corner, eye(left, size, lower.dtype, lower.device), cancellationToken, wholeSize: 0);
            inverse.narrow(0, start, left).narrow(1, start, size).copy_(column);
            inverse.narrow(0, start, size).narrow(1, start, left).copy_(column.t());
        }
        return inverse.MoveToOuterDisposeScope();
    }

    private static IEnumerable<(long Start, long Size)> Blocks(long n)
    {
        for (long start = 0; start < n; start += BlockSize)
            yield return (start, Math.Min(BlockSize, n - start));
    }

    private static long RowsAtOnce(Tensor left, Tensor right)
    {
        double most = left.dtype == ScalarType.Float64 ? DoubleOperations : FloatOperations;
        return (long)Math.Max(1, most / (2.0 * right.size(0) * Math.Max(1, right.size(1))));
    }
}
