namespace Puzzle.Measurement.Tasks;

/// <summary>Collects what is read off a model. A choice belongs to one sequence, so threads may add different sequences at once.</summary>
internal sealed class TaskTally(DownstreamTask task)
{
    private readonly double[] _logLikelihoods = new double[task.ChoiceLengths.Count];
    private readonly bool[] _missed = new bool[task.ChoiceLengths.Count];

    /// <summary>Adds a token of a choice.</summary>
    /// <param name="choice">The choice, counted over all questions.</param>
    /// <param name="logProbability">The token's.</param>
    /// <param name="isFirst">Whether the model ranks the token first.</param>
    public void Add(int choice, double logProbability, bool isFirst)
    {
        _logLikelihoods[choice] += logProbability;
        _missed[choice] |= !isFirst;
    }

    /// <summary>Gives the answers once every sequence was added.</summary>
    public TaskEvaluation ToEvaluation()
    {
        var answers = new TaskAnswer[task.Questions.Count];
        int at = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            TaskQuestion question = task.Questions[i];
            double[] values = [.. Enumerable.Range(at, question.Choices.Count)
                .Select(choice => _logLikelihoods[choice] / task.ChoiceLengths[choice])];
            double right = values[question.Answer];
            bool isRight = values.Length == 1
                ? !_missed[at]
                : values.Index().All(value => value.Index == question.Answer || right > value.Item);
            answers[i] = new TaskAnswer(question.Category, question.Answer, Array.IndexOf(values, values.Max()), isRight, values);
            at += values.Length;
        }
        return new TaskEvaluation(answers);
    }
}
