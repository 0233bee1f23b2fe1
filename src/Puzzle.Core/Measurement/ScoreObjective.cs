using System.Globalization;

namespace Puzzle.Measurement;

/// <summary>What a search sums over layers: one metric, or a weighted sum of several, each in its own direction.</summary>
public sealed record ScoreObjective
{
    /// <summary>Creates a weighted sum.</summary>
    /// <param name="terms">The metrics with their weights; no metric twice.</param>
    /// <exception cref="ArgumentException">There is no term, a metric is named twice, or a weight is not a positive finite
    /// number.</exception>
    public ScoreObjective(params IReadOnlyList<ObjectiveTerm> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (terms.Count == 0)
            throw new ArgumentException("An objective needs at least one metric.", nameof(terms));
        foreach (ObjectiveTerm term in terms)
        {
            if (!(term.Weight > 0) || double.IsInfinity(term.Weight))
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture, $"The weight of {term.Metric.Name} is {term.Weight}, expected a positive number; "
                    + $"a metric's own direction says whether small or large values are good."), nameof(terms));
            if (terms.Count(other => other.Metric.Name == term.Metric.Name) > 1)
                throw new ArgumentException($"The objective names {term.Metric.Name} more than once.", nameof(terms));
        }
        Terms = terms;
    }

    /// <summary>Gets the metrics with their weights.</summary>
    public IReadOnlyList<ObjectiveTerm> Terms { get; }

    /// <summary>Gets whether small or large values of the sum are good: large where every metric's are, else small, metrics of the other
    /// direction counting negative.</summary>
    public ObjectiveDirection Direction =>
        Terms.All(term => term.Metric.HigherIsBetter) ? ObjectiveDirection.Maximize : ObjectiveDirection.Minimize;

    /// <summary>Creates an objective of one metric.</summary>
    /// <param name="metric">The metric.</param>
    public static ScoreObjective ForMetric(ScoreMetric metric) => new(new ObjectiveTerm(metric, 1));

    /// <summary>Reads an objective such as <c>kl_div</c> or <c>kl_div+0.5*lm_loss</c>.</summary>
    /// <param name="text">Metrics joined by <c>+</c>, each with an optional weight and <c>*</c> before it.</param>
    /// <param name="metrics">The metrics there are.</param>
    /// <exception cref="ArgumentException">The text is malformed, or names a metric that there is not.</exception>
    public static ScoreObjective Parse(string text, IReadOnlyList<ScoreMetric> metrics)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(metrics);
        return new ScoreObjective([.. text.Split('+').Select(part => ParseTerm(text, part.Trim(), metrics))]);
    }

    /// <summary>Gives the weighted sum of some values, by metric name.</summary>
    /// <param name="values">A value of every metric of the objective.</param>
    /// <exception cref="KeyNotFoundException">A metric has no value.</exception>
    public double ValueOf(IReadOnlyDictionary<string, double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return ValueOf(
            name => values.TryGetValue(name, out double value) ? value : throw new KeyNotFoundException($"There is no value of {name}."));
    }

    /// <summary>Writes the objective as <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Join('+', Terms.Select(term =>
        term.Weight == 1 ? term.Metric.Name : string.Create(CultureInfo.InvariantCulture, $"{term.Weight:R}*{term.Metric.Name}")));

    /// <summary>Gets the weight of each metric by name, negative for those whose direction is opposite to the sum's.</summary>
    internal IReadOnlyDictionary<string, double> SignedWeights => Terms.ToDictionary(
        term => term.Metric.Name,
        term => term.Metric.HigherIsBetter == (Direction == ObjectiveDirection.Maximize) ? term.Weight : -term.Weight);

    /// <summary>Gives the weighted sum, from the value of each metric.</summary>
    internal double ValueOf(Func<string, double> value)
    {
        double sum = 0;
        foreach ((string metric, double weight) in SignedWeights)
            sum += weight * value(metric);
        return sum;
    }

    private static ObjectiveTerm ParseTerm(string text, string part, IReadOnlyList<ScoreMetric> metrics)
    {
        int star = part.IndexOf('*', StringComparison.Ordinal);
        string name = part[(star + 1)..].Trim();
        double weight = 1;
        if (star >= 0 && !double.TryParse(part[..star], NumberStyles.Float, CultureInfo.InvariantCulture, out weight))
            throw new ArgumentException(
                $"The objective '{text}' has the weight '{part[..star].Trim()}', which is not a number.", nameof(text));
        ScoreMetric metric = metrics.FirstOrDefault(metric => metric.Name == name)
            ?? throw new ArgumentException($"The objective '{text}' names the metric '{name}', which the scorer does not have; it has "
                + $"{string.Join(", ", metrics.Select(metric => metric.Name))}. Expected for example kl_div, or kl_div+0.5*lm_loss.",
                nameof(text));
        return new ObjectiveTerm(metric, weight);
    }
}
