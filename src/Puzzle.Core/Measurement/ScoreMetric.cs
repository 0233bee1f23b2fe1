namespace Puzzle.Measurement;

/// <summary>A measure of what replacing a block does to the model.</summary>
/// <param name="Name">For example <c>kl_div</c>.</param>
/// <param name="HigherIsBetter">The direction: true for accuracies and agreements, false for losses and distances.</param>
/// <param name="Identity">What a model compared with itself scores: 0 for distances, 1 for agreements; null where it has to be measured
/// (<c>lm_loss</c>).</param>
public sealed record ScoreMetric(string Name, bool HigherIsBetter, double? Identity)
{
    /// <summary>Gets KL(parent || child) of the next-token distributions in nats, averaged over all positions; the paper's choice (section
    /// 4.1).</summary>
    public static ScoreMetric KlDivergence { get; } = new("kl_div", HigherIsBetter: false, Identity: 0);

    /// <summary>Gets the next-token loss in nats, averaged over predicted tokens.</summary>
    public static ScoreMetric LanguageModelLoss { get; } = new("lm_loss", HigherIsBetter: false, Identity: null);

    /// <summary>Gets the share of predicted tokens that the child ranks first.</summary>
    public static ScoreMetric Top1 { get; } = new("top1", HigherIsBetter: true, Identity: null);

    /// <summary>Gets the share of predicted tokens among the child's first five.</summary>
    public static ScoreMetric Top5 { get; } = new("top5", HigherIsBetter: true, Identity: null);

    /// <summary>Gets the share of predicted tokens among the child's first ten.</summary>
    public static ScoreMetric Top10 { get; } = new("top10", HigherIsBetter: true, Identity: null);

    /// <summary>Gets the share of positions at which parent and child rank the same token first.</summary>
    public static ScoreMetric Agreement { get; } = new("agreement", HigherIsBetter: true, Identity: 1);

    /// <summary>Gets the cosine of the angle between the parent's and the child's last hidden state, after the final norm, averaged over
    /// positions.</summary>
    public static ScoreMetric HiddenCosine { get; } = new("hidden_cosine", HigherIsBetter: true, Identity: 1);

    /// <summary>Gets the squared distance of the child's last hidden state from the parent's as a share of the parent's squared norm, after
    /// the final norm, averaged over positions.</summary>
    public static ScoreMetric HiddenError { get; } = new("hidden_nmse", HigherIsBetter: false, Identity: 0);

    /// <summary>Gets every metric of this list; scorers may have others.</summary>
    public static IReadOnlyList<ScoreMetric> All { get; } =
        [KlDivergence, LanguageModelLoss, Top1, Top5, Top10, Agreement, HiddenCosine, HiddenError];
}
