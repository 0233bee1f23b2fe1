namespace Puzzle.Measurement.Tasks;

/// <summary>What a model answered to a question.</summary>
/// <param name="Category">The question's category.</param>
/// <param name="Answer">The right choice.</param>
/// <param name="Chosen">The model's choice: the first of the likeliest.</param>
/// <param name="IsRight">
/// Of several choices: whether the right one is likelier than every other, so that a model without a preference is not right by
/// chance. Of a single one: whether the model ranks each of its tokens first.
/// </param>
/// <param name="LogLikelihoods">Of each choice given the context, in nats, normalized as the task says.</param>
public sealed record TaskAnswer(string Category, int Answer, int Chosen, bool IsRight, IReadOnlyList<double> LogLikelihoods)
{
    /// <summary>Gets the log-likelihood of the right choice.</summary>
    public double AnswerLogLikelihood => LogLikelihoods[Answer];
}
