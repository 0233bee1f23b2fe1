namespace Puzzle.Search.Solving;

/// <summary>
/// A search problem in the solvers' form: items in groups, exactly one item of each group (or, with items that cover
/// several layers, an exact cover), a score to minimize, and rows.
/// </summary>
internal sealed class ChoiceModel
{
    private readonly SearchProblem _problem;
    private readonly int[] _variant;

    internal ChoiceModel(SearchProblem problem, int[][] groupLayers, int[] groupStart, int[] variant)
    {
        _problem = problem;
        _variant = variant;
        GroupLayers = groupLayers;
        GroupStart = groupStart;
        GroupOf = new int[variant.Length];
        for (int group = 0; group < groupLayers.Length; group++)
            Array.Fill(GroupOf, group, groupStart[group], groupStart[group + 1] - groupStart[group]);
    }

    public int Items => _variant.Length;

    public int Groups => GroupLayers.Length;

    /// <summary>Gets the layers that a group decides.</summary>
    public int[][] GroupLayers { get; }

    /// <summary>Gets the first item of each group; the last entry is the number of items.</summary>
    public int[] GroupStart { get; }

    public int[] GroupOf { get; }

    public required double[] Scores { get; init; }

    public required ChoiceRow[] Rows { get; init; }

    /// <summary>Gets the FFN label of each item and how many different ones are allowed; null without such a limit.</summary>
    public (int[] Labels, int Count)? DistinctLabels { get; init; }

    private int[]? Sources { get; init; }

    /// <summary>Gets a value indicating whether every group gets exactly one item.</summary>
    public required bool IsMultipleChoice { get; init; }

    /// <summary>Gets a value indicating whether some group has no item left.</summary>
    public bool HasEmptyGroup => IsMultipleChoice && Enumerable.Range(0, Groups).Any(group => GroupStart[group] == GroupStart[group + 1]);

    /// <summary>Gives what an item chooses, one entry for each variant.</summary>
    public IEnumerable<LayerChoice> Choices(int item)
    {
        int[] layers = GroupLayers[GroupOf[item]];
        string name = _problem.Layers[layers[0]][_variant[item]].Name;
        yield return new LayerChoice(layers[0], _variant[item], name);
        for (int i = 1; i < layers.Length; i++)
            yield return _problem.Choose(layers[i], name);
    }

    /// <summary>
    /// Gives what decides between choices of equal score: the smaller sum wins. The order of variants comes first, a fixed hash after
    /// it.
    /// </summary>
    public long Tie(int item)
    {
        int index = _variant[item];
        ulong hash = ((ulong)(uint)GroupOf[item] << 32 | (uint)index) + 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return ((long)index << 32) + (long)((hash ^ (hash >> 31)) >> 33);
    }

    public int Span(int item) => IsMultipleChoice ? 1 : _problem.Layers[GroupLayers[GroupOf[item]][0]][_variant[item]].Span;

    /// <summary>Gives the chosen items' variants in layer order.</summary>
    public LayerChoice[] Choices(IEnumerable<int> items)
    {
        LayerChoice[] choices = [.. items.SelectMany(Choices)];
        Array.Sort(choices, (left, right) => left.Layer.CompareTo(right.Layer));
        return choices;
    }

    /// <summary>Gives the same model with some of its items; <see cref="SourceItem"/> leads back.</summary>
    public ChoiceModel Only(Func<int, bool> keep)
    {
        int[] items = [.. Enumerable.Range(0, Items).Where(keep)];
        var start = new int[Groups + 1];
        foreach (int item in items)
            start[GroupOf[item] + 1]++;
        for (int group = 0; group < Groups; group++)
            start[group + 1] += start[group];
        return new ChoiceModel(_problem, GroupLayers, start, Pick(_variant, items))
        {
            Scores = Pick(Scores, items),
            Rows = [.. Rows.Select(row => row with { Costs = Pick(row.Costs, items) })],
            DistinctLabels = DistinctLabels is { } distinct ? (Pick(distinct.Labels, items), distinct.Count) : null,
            IsMultipleChoice = IsMultipleChoice,
            Sources = items,
        };
    }

    /// <summary>Gets an item's number in the model that <see cref="Only"/> was asked of.</summary>
    public int SourceItem(int item) => Sources is null ? item : Sources[item];

    /// <summary>Gives the same model without one choice.</summary>
    public ChoiceModel Without(int[] choice)
    {
        var chosen = new double[Items];
        foreach (int item in choice)
            chosen[item] = 1;
        return new ChoiceModel(_problem, GroupLayers, GroupStart, _variant)
        {
            Scores = Scores,
            Rows = [.. Rows, new ChoiceRow(chosen, choice.Length - 1, IsCounter: true)],
            DistinctLabels = DistinctLabels,
            IsMultipleChoice = IsMultipleChoice,
            Sources = Sources,
        };
    }

    /// <summary>Gives the model of the smallest tie within a score.</summary>
    public ChoiceModel Ties(double score) => new(_problem, GroupLayers, GroupStart, _variant)
    {
        Scores = [.. Enumerable.Range(0, Items).Select(item => (double)Tie(item))],
        Rows = [.. Rows, new ChoiceRow(Scores, score)],
        DistinctLabels = DistinctLabels,
        IsMultipleChoice = IsMultipleChoice,
    };

    private static T[] Pick<T>(T[] values, int[] indices) => Array.ConvertAll(indices, index => values[index]);
}
