namespace Puzzle.Measurement;

/// <summary>How fast a whole model runs a workload.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Workload">The workload.</param>
/// <param name="Prefill">Time to process the whole batch's prompt.</param>
/// <param name="Decode">Time of one decode step of the whole batch, averaged over the generated tokens.</param>
public sealed record ModelThroughput(string Name, Workload Workload, Timing Prefill, Timing Decode)
{
    /// <summary>Gets the prompt tokens processed per second, over the whole batch.</summary>
    public double PrefillTokensPerSecond => PerSecond((double)Workload.BatchSize * Workload.PromptTokens, Prefill.MedianMilliseconds);

    /// <summary>Gets the tokens generated per second, over the whole batch; 0 if the workload generates none.</summary>
    public double DecodeTokensPerSecond => PerSecond(Workload.GeneratedTokens > 0 ? Workload.BatchSize : 0, Decode.MedianMilliseconds);

    /// <summary>Gets the time of a whole request: prefill and every generated token.</summary>
    public double RequestMilliseconds => Prefill.MedianMilliseconds + (Decode.MedianMilliseconds * Workload.GeneratedTokens);

    /// <summary>Gets the tokens, prompt and generated, per second of a whole request.</summary>
    public double TotalTokensPerSecond => PerSecond(Workload.TotalTokens, RequestMilliseconds);

    private static double PerSecond(double tokens, double milliseconds) => tokens == 0 ? 0 : tokens * 1000 / milliseconds;
}
