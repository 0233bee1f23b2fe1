namespace Puzzle.Search.Solving;

/// <summary>
/// A search problem in the solvers' form: items in groups, exactly one item of each group (or, with items that cover
/// several layers, an exact cover), a score to minimise, and rows.
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

    public int Span(int item) => _problem.Layers[GroupLayers[GroupOf[item]][0]][_variant[item]].Span;

    /// <summary>Gives the chosen items' variants in layer order.</summary>
    public LayerChoice[] Choices(IEnumerable<int> items)
    {
        LayerChoice[] choices = [.. items.SelectMany(Choices)];
        Array.Sort(choices, (left, right) => left.Layer.CompareTo(right.Layer));
        return choices;
    }
}
