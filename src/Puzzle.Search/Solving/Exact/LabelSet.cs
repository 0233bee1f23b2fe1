namespace Puzzle.Search.Solving.Exact;

/// <summary>Partial choices: their sums, and how each came about. Grows as needed and is reused from stage to stage.</summary>
internal sealed class LabelSet(int rows)
{
    private int _capacity = 256;

    public int Count { get; private set; }

    public long[] Scores { get; private set; } = new long[256];

    public long[] Ties { get; private set; } = new long[256];

    public long[][] Costs { get; } = [.. Enumerable.Range(0, rows).Select(_ => new long[256])];

    /// <summary>Gets the label of the stage before.</summary>
    public int[] Parents { get; private set; } = new int[256];

    public int[] Items { get; private set; } = new int[256];

    public int Add()
    {
        if (Count == _capacity)
            Grow();
        return Count++;
    }

    /// <summary>Adds the label of nothing chosen yet.</summary>
    public void AddRoot()
    {
        int root = Add();
        Scores[root] = Ties[root] = 0;
        foreach (long[] costs in Costs)
            costs[root] = 0;
    }

    /// <summary>Keeps some labels, in their order.</summary>
    public void Keep(ReadOnlySpan<int> labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            int label = labels[i];
            Scores[i] = Scores[label];
            Ties[i] = Ties[label];
            Parents[i] = Parents[label];
            Items[i] = Items[label];
            for (int row = 0; row < Costs.Length; row++)
                Costs[row][i] = Costs[row][label];
        }
        Count = labels.Length;
    }

    public void Clear() => Count = 0;

    public void Append(LabelSet other, int label)
    {
        int added = Add();
        Scores[added] = other.Scores[label];
        Ties[added] = other.Ties[label];
        Parents[added] = other.Parents[label];
        Items[added] = other.Items[label];
        for (int row = 0; row < Costs.Length; row++)
            Costs[row][added] = other.Costs[row][label];
    }

    /// <summary>Says whether a label has a better score than another, or the same and the smaller tie.</summary>
    public bool IsBetter(int label, int other)
        => Scores[label] < Scores[other] || (Scores[label] == Scores[other] && Ties[label] <= Ties[other]);

    private void Grow()
    {
        _capacity *= 2;
        Scores = Resized(Scores);
        Ties = Resized(Ties);
        Parents = Resized(Parents);
        Items = Resized(Items);
        for (int row = 0; row < Costs.Length; row++)
            Costs[row] = Resized(Costs[row]);
    }

    private T[] Resized<T>(T[] values)
    {
        Array.Resize(ref values, _capacity);
        return values;
    }
}
