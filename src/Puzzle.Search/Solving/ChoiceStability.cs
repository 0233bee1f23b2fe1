namespace Puzzle.Search.Solving;

/// <summary>
/// Bootstrap over the scorer's samples: all variants are averaged over the same resampled samples, and the problem is solved again.
/// </summary>
public static class ChoiceStability
{
    /// <summary>Measures how often each layer's choice survives.</summary>
    /// <param name="library">The library the problem was made from; variants without samples keep their score.</param>
    /// <param name="problem">The problem, same layers and variants.</param>
    /// <param name="metric">The metric that is the problem's score.</param>
    /// <param name="choice">The chosen architecture.</param>
    /// <param name="solver">Solves each resample.</param>
    /// <param name="resamples">How many.</param>
    /// <param name="seed">The seed of the resampling.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ArgumentException">No variant has samples, or their numbers differ.</exception>
    public static StabilityReport Measure(
        ScoredLibrary library,
        SearchProblem problem,
        string metric,
        IReadOnlyList<LayerChoice> choice,
        IArchitectureSolver solver,
        int resamples = 100,
        int seed = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(choice);
        ArgumentNullException.ThrowIfNull(solver);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        int[] counts = [.. library.Layers.SelectMany(variants => variants)
            .Where(variant => variant.Samples.ContainsKey(metric)).Select(variant => variant.Samples[metric].Count).Distinct()];
        if (counts is not [> 0])
        {
            string found = string.Join(", ", counts);
            throw new ArgumentException(
                $"Every variant with samples of '{metric}' needs the same number of them, at least one; found {found}.", nameof(library));
        }

        var random = new Random(seed);
        var survived = new int[problem.Layers.Count];
        int identical = 0;
        int solved = 0;
        HashSet<(int, int)> chosen = [.. choice.Select(layer => (layer.Layer, layer.VariantIndex))];
        var samples = new int[counts[0]];
        for (int resample = 0; resample < resamples; resample++)
        {
            for (int i = 0; i < samples.Length; i++)
                samples[i] = random.Next(samples.Length);
            SearchResult result = solver.Solve(Resampled(library, problem, metric, samples), cancellationToken);
            if (!result.HasAnswer)
                continue;
            solved++;
            LayerChoice[] same = [.. result.Choice.Where(layer => chosen.Contains((layer.Layer, layer.VariantIndex)))];
            foreach (LayerChoice layer in same)
                survived[layer.Layer]++;
            identical += same.Length == choice.Count && same.Length == result.Choice.Count ? 1 : 0;
        }
        double share = solved == 0 ? double.NaN : 1.0 / solved;
        return new StabilityReport(solved, [.. survived.Select(times => times * share)], identical * share);
    }

    private static SearchProblem Resampled(ScoredLibrary library, SearchProblem problem, string metric, int[] samples) => problem with
    {
        Layers = [.. problem.Layers.Select((variants, layer) => (IReadOnlyList<SearchVariant>)[.. variants.Select((variant, index) =>
            library.Layers[layer][index].Samples.TryGetValue(metric, out IReadOnlyList<double>? values)
                ? variant with { Score = samples.Average(sample => values[sample]) }
                : variant)])],
    };
}
