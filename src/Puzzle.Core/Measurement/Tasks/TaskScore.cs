namespace Puzzle.Measurement.Tasks;

/// <summary>How well a model answers a set of questions.</summary>
/// <param name="Questions">How many there are.</param>
/// <param name="Accuracy">The share of right answers.</param>
/// <param name="AnswerLogLikelihood">The mean log-likelihood of the right choice, in nats, normalized as the task says.</param>
public sealed record TaskScore(int Questions, double Accuracy, double AnswerLogLikelihood)
{
    internal static TaskScore Of(IReadOnlyCollection<TaskAnswer> answers) =>
        new(answers.Count, answers.Average(answer => answer.IsRight ? 1.0 : 0), answers.Average(answer => answer.AnswerLogLikelihood));
}
