namespace Puzzle.Measurement.Tasks;

/// <summary>A model's answers to a task.</summary>
public sealed class TaskEvaluation
{
    internal TaskEvaluation(IReadOnlyList<TaskAnswer> answers)
    {
        Answers = answers;
        Total = TaskScore.Of(answers);
        Categories = new SortedDictionary<string, TaskScore>(
            answers.GroupBy(answer => answer.Category, StringComparer.Ordinal)
                .ToDictionary(category => category.Key, category => TaskScore.Of([.. category])),
            StringComparer.Ordinal);
    }

    /// <summary>Gets the answer to each question, in the task's order.</summary>
    public IReadOnlyList<TaskAnswer> Answers { get; }

    /// <summary>Gets the score over all questions.</summary>
    public TaskScore Total { get; }

    /// <summary>Gets the score of each category, by name.</summary>
    public IReadOnlyDictionary<string, TaskScore> Categories { get; }
}
