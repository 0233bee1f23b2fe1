namespace Puzzle.Measurement;

/// <summary>A measure of what replacing a block does to the model.</summary>
/// <param name="Name">For example <c>kl_div</c>.</param>
/// <param name="HigherIsBetter">The direction: true for accuracies and agreements, false for losses and distances.</param>
/// <param name="Identity">What a model compared with itself scores: 0 for distances, 1 for agreements; null where it has to be measured (<c>lm_loss</c>).</param>
public sealed record ScoreMetric(string Name, bool HigherIsBetter, double? Identity)
{
    /// <summary>Gets KL(parent || child) of the next-token distributions in nats, averaged over all positions; the paper's choice (section 4.1).</summary>
    public static ScoreMetric KlDivergence { get; } = new("kl_div", HigherIsBetter: false, Identity: 0);

    /// <summary>Gets the next-token loss in nats, averaged over predicted tokens.</summary>
    public static ScoreMetric LanguageModelLoss { get; } = new("lm_loss", HigherIsBetter: false, Identity: null);
}
