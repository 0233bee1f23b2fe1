namespace Puzzle.Search.Solving.Exact;

/// <summary>The inverse of a small square matrix, by elimination with row pivots.</summary>
internal sealed class BasisInverse(int size)
{
    private readonly double[,] _inverse = new double[size, size];

    /// <summary>Gets the matrix to fill in; <see cref="Invert"/> destroys it.</summary>
    public double[,] Matrix { get; } = new double[size, size];

    public double this[int row, int column] => _inverse[row, column];

    /// <summary>Inverts the matrix; false when it is singular.</summary>
    public bool Invert()
    {
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
                _inverse[row, column] = row == column ? 1 : 0;
        }
        for (int column = 0; column < size; column++)
        {
            int pivot = PivotRow(column);
            if (Math.Abs(Matrix[pivot, column]) < ExactTolerances.Pivot)
                return false;
            SwapAndScale(column, pivot);
            for (int row = 0; row < size; row++)
            {
                if (row != column && Matrix[row, column] != 0)
                    Subtract(row, column, Matrix[row, column]);
            }
        }
        return true;
    }

    private int PivotRow(int column)
    {
        int pivot = column;
        for (int row = column + 1; row < size; row++)
            pivot = Math.Abs(Matrix[row, column]) > Math.Abs(Matrix[pivot, column]) ? row : pivot;
        return pivot;
    }

    private void SwapAndScale(int column, int pivot)
    {
        double scale = 1 / Matrix[pivot, column];
        for (int k = 0; k < size; k++)
        {
            (Matrix[column, k], Matrix[pivot, k]) = (Matrix[pivot, k], Matrix[column, k]);
            (_inverse[column, k], _inverse[pivot, k]) = (_inverse[pivot, k], _inverse[column, k]);
            Matrix[column, k] *= scale;
            _inverse[column, k] *= scale;
        }
    }

    private void Subtract(int row, int from, double factor)
    {
        for (int k = 0; k < size; k++)
        {
            Matrix[row, k] -= factor * Matrix[from, k];
            _inverse[row, k] -= factor * _inverse[from, k];
        }
    }
}
