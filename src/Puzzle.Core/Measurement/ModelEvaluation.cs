namespace Puzzle.Measurement;

/// <summary>How well a model predicts held-out text, and how close it is to its parent.</summary>
/// <param name="LanguageModelLoss">Next-token loss in nats, averaged over predicted tokens.</param>
/// <param name="Top1">Share of predicted tokens that the model ranks first.</param>
/// <param name="Top5">Share among its first five.</param>
/// <param name="Top10">Share among its first ten.</param>
/// <param name="KlDivergence">KL(parent || model) in nats, averaged over all positions; 0 for the parent.</param>
/// <param name="Agreement">Share of positions at which model and parent rank the same token first; 1 for the parent.</param>
/// <param name="Tokens">Predicted tokens.</param>
public sealed record ModelEvaluation(
    double LanguageModelLoss, double Top1, double Top5, double Top10, double KlDivergence, double Agreement, long Tokens)
{
    /// <summary>Gets exp(loss).</summary>
    public double Perplexity => Math.Exp(LanguageModelLoss);
}
