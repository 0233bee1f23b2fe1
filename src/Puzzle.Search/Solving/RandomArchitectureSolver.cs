namespace Puzzle.Search.Solving;

/// <summary>
/// A random architecture within the constraints, the baseline of the paper's table 15: layers in random order each draw
/// among the variants that leave every budget reachable on its own; repeated until all constraints hold together.
/// </summary>
/// <param name="seed">The seed; the same one gives the same architecture.</param>
/// <param name="attempts">How many draws before giving up; 1000 by default.</param>
/// <param name="time">The clock; the system's when null.</param>
public sealed class RandomArchitectureSolver(int seed, int attempts = 1000, TimeProvider? time = null) : IArchitectureSolver
{
    private const string Name = "random";
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <inheritdoc/>
    public string Settings => FormattableString.Invariant($"{nameof(RandomArchitectureSolver)}({seed}, {attempts})");

    /// <inheritdoc/>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        long start = _time.GetTimestamp();
        ChoiceModel model = HeuristicAnswer.MultipleChoice(problem, Name);
        LayerChoice[]? found = null;
        if (!model.HasEmptyGroup)
        {
            var random = new Random(seed);
            double[][] minima = [.. model.Rows.Select(row => GroupMinima(model, row))];
            for (int attempt = 0; attempt < attempts && found is null; attempt++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                LayerChoice[] choices = model.Choices(Draw(model, minima, random));
                if (AnswerBuilder.IsValid(problem, choices))
                    found = choices;
            }
        }
        return HeuristicAnswer.From(problem, found, Name, _time.GetElapsedTime(start));
    }

    private static double[] GroupMinima(ChoiceModel model, ChoiceRow row)
        => [.. Enumerable.Range(0, model.Groups).Select(group => row.Costs[model.GroupStart[group]..model.GroupStart[group + 1]].Min())];

    private static int[] Draw(ChoiceModel model, double[][] minima, Random random)
    {
        int[] order = [.. Enumerable.Range(0, model.Groups)];
        random.Shuffle(order);
        double[] room = [.. model.Rows.Select((row, i) => row.Limit - minima[i].Sum())];
        var chosen = new int[model.Groups];
        foreach (int group in order)
        {
            int first = model.GroupStart[group];
            int[] fitting = [.. Enumerable.Range(first, model.GroupStart[group + 1] - first)
                .Where(item => room.Index().All(row => model.Rows[row.Index].Costs[item] - minima[row.Index][group] <= row.Item))];
            chosen[group] = fitting.Length > 0 ? fitting[random.Next(fitting.Length)] : first;
            for (int row = 0; row < room.Length; row++)
                room[row] -= model.Rows[row].Costs[chosen[group]] - minima[row][group];
        }
        return chosen;
    }
}
