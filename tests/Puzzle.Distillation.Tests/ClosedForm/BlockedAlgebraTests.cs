using Puzzle.Distillation.ClosedForm;
using static TorchSharp.torch;

namespace Puzzle.Tests.ClosedForm;

public sealed class BlockedAlgebraTests
{
    // Three blocks, the last not whole.
    private const long Size = (2 * BlockedAlgebra.BlockSize) + 77;

    [Fact]
    public void Cholesky_InBlocks_IsThatOfOneCall()
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Matrix();

        Close(linalg.cholesky(matrix), BlockedAlgebra.Cholesky(matrix, CancellationToken.None, wholeSize: 0));
    }

    [Fact]
    public void Solve_InBlocks_IsThatOfOneCall()
    {
        using var scope = NewDisposeScope();
        Tensor lower = linalg.cholesky(Matrix()), right = Random(Size, 19);

        Close(cholesky_solve(right, lower), BlockedAlgebra.Solve(lower, right, CancellationToken.None, wholeSize: 0));
    }

    [Fact]
    public void Inverse_InBlocks_TimesTheMatrixIsTheIdentity()
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Matrix();
        Tensor inverse = BlockedAlgebra.Inverse(linalg.cholesky(matrix), CancellationToken.None, wholeSize: 0);

        Close(eye(Size, dtype: ScalarType.Float64), inverse.matmul(matrix));
    }

    [Fact]
    public void Product_OfManyStrips_IsThatOfOneCall()
    {
        using var scope = NewDisposeScope();
        // 4.3 billion operations: two strips.
        Tensor left = Random(8000, 64), right = Random(64, 4200);

        Close(left.matmul(right), BlockedAlgebra.Product(left, right, CancellationToken.None));
    }

    [Fact]
    public void EveryPart_Canceled_Stops()
    {
        using var scope = NewDisposeScope();
        var canceled = new CancellationToken(canceled: true);
        Tensor matrix = Matrix(), right = Random(Size, 3);

        Assert.ThrowsAny<OperationCanceledException>(() => BlockedAlgebra.Cholesky(matrix, canceled, wholeSize: 0));
        Assert.ThrowsAny<OperationCanceledException>(() => BlockedAlgebra.Solve(matrix, right, canceled, wholeSize: 0));
        Assert.ThrowsAny<OperationCanceledException>(() => BlockedAlgebra.Inverse(matrix, canceled, wholeSize: 0));
    }

    private static Tensor Matrix()
    {
        Tensor x = Random(Size, Size);
        return x.matmul(x.t()).div(tensor((double)Size)).add(eye(Size, dtype: ScalarType.Float64));
    }

    private static Tensor Random(params long[] shape)
    {
        using var generator = new Generator(1, CPU);
        return normal(0, 1, shape, ScalarType.Float64, CPU, generator: generator);
    }

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.Equal(0, expected.sub(actual).abs().max().item<double>(), 1e-9);
}
