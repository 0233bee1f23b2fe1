using Puzzle.Architectures;

namespace Puzzle.Measurement;

/// <summary>How many different tokens an FFN is timed with. A router of random weights uses all experts alike; given fewer different
/// tokens, it uses as many as the parent's does on text.</summary>
/// <param name="Prompt">Different tokens among those of the prompts.</param>
/// <param name="Step">Different tokens among those of a decoding step.</param>
internal sealed record RoutedTokens(int Prompt, int Step)
{
    /// <summary>Gives them for an FFN.</summary>
    public static RoutedTokens Of(FfnConfig config, Workload workload, ExpertUsage? usage)
    {
        (int prompt, int step) = (checked(workload.BatchSize * workload.PromptTokens), workload.BatchSize);
        return config is MixtureFfnConfig mixture
            ? new(ExpertUsage.EvenTokens(usage, mixture, prompt), ExpertUsage.EvenTokens(usage, mixture, step))
            : new(prompt, step);
    }
}
