namespace Puzzle.Deployment.Export;

/// <summary>A weight that is read a few rows at a time, so that a large one is never copied whole. A vector is one row.</summary>
/// <param name="Rows">The number of rows.</param>
/// <param name="Columns">The length of a row.</param>
/// <param name="Read">Gives some rows: the first and their number.</param>
internal sealed record WeightRows(int Rows, int Columns, Func<int, int, float[]> Read)
{
    private const int PartElements = 4 << 20;

    /// <summary>Gets a value indicating whether this is a vector.</summary>
    public bool IsVector { get; init; }

    /// <summary>Reads all rows in order, part by part.</summary>
    /// <returns>Each part's values, whole rows.</returns>
    public IEnumerable<float[]> Parts()
    {
        int rows = Math.Max(1, PartElements / Columns);
        for (int first = 0; first < Rows; first += rows)
            yield return Read(first, Math.Min(rows, Rows - first));
    }
}
