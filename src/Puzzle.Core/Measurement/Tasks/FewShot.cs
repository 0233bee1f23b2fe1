namespace Puzzle.Measurement.Tasks;

/// <summary>Puts solved examples before questions.</summary>
public static class FewShot
{
    private const string Separator = "\n\n";

    /// <summary>Puts the first examples of its category before each question, after its preamble.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="examples">Other questions; their preambles are not used.</param>
    /// <param name="shots">How many examples; 0 changes nothing.</param>
    /// <exception cref="ArgumentException">A category has fewer examples.</exception>
    public static IReadOnlyList<TaskQuestion> Prepend(
        IReadOnlyList<TaskQuestion> questions, IReadOnlyList<TaskQuestion> examples, int shots)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfNegative(shots);
        if (shots == 0)
            return questions;
        ILookup<string, TaskQuestion> byCategory = examples.ToLookup(example => example.Category, StringComparer.Ordinal);
        var texts = questions.Select(question => question.Category).Distinct(StringComparer.Ordinal).ToDictionary(
            category => category,
            category => byCategory[category].Count() is var found && found < shots
                ? throw new ArgumentException($"{shots} examples were asked for; {category} has {found}.", nameof(shots))
                : string.Concat(
                    byCategory[category].Take(shots).Select(example => example.Context + example.Choices[example.Answer] + Separator)),
            StringComparer.Ordinal);
        return [.. questions.Select(question => question with { Preamble = question.Preamble + texts[question.Category] })];
    }

    /// <summary>Makes the first questions of each category the examples of its others, for tasks that bring none; they are not
    /// asked.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="shots">How many of each category; 0 changes nothing.</param>
    /// <exception cref="ArgumentException">A category has no question left.</exception>
    public static IReadOnlyList<TaskQuestion> PrependFirst(IReadOnlyList<TaskQuestion> questions, int shots)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentOutOfRangeException.ThrowIfNegative(shots);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var asked = new List<TaskQuestion>();
        var examples = new List<TaskQuestion>();
        foreach (TaskQuestion question in questions)
        {
            int before = seen.GetValueOrDefault(question.Category);
            seen[question.Category] = before + 1;
            (before < shots ? examples : asked).Add(question);
        }
        if (seen.FirstOrDefault(category => category.Value <= shots) is { Key: { } small } tooSmall)
            throw new ArgumentException($"{shots} examples were asked for; {small} has {tooSmall.Value} questions in all.", nameof(shots));
        return Prepend(asked, examples, shots);
    }
}
