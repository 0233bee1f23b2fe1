using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Reporting;

/// <summary>One model's row of the report; speeds are those of the engine that the target is for.</summary>
/// <param name="LmLoss">Next-token loss in nats.</param>
/// <param name="Top1">Share of tokens ranked first.</param>
/// <param name="Top5">Share among the first five.</param>
/// <param name="Top10">Share among the first ten.</param>
/// <param name="KlDiv">KL(parent || model) in nats.</param>
/// <param name="Agreement">Share of positions at which model and parent rank the same token first.</param>
/// <param name="PrefillTokensPerSecond">Prompt tokens per second.</param>
/// <param name="DecodeTokensPerSecond">Generated tokens per second.</param>
/// <param name="TotalTokensPerSecond">All tokens per second of a request.</param>
/// <param name="SpeedupMeasured">Measured whole beside the parent; the predicted one where nothing was measured.</param>
/// <param name="SpeedupPredicted">By the sum of profiled costs.</param>
/// <param name="MemoryBytes">Weights and KV cache.</param>
/// <param name="Parameters">Parameters.</param>
/// <param name="LmLossAssembled">The loss before healing; null if it was not healed.</param>
/// <param name="Top1Assembled">The share ranked first before healing.</param>
/// <param name="KlDivAssembled">The divergence before healing.</param>
/// <param name="Architecture">The blocks, layer 0 first.</param>
/// <param name="InTorch">The speed in torch where the target's engine is another.</param>
public sealed record ModelReport(
    double LmLoss, double Top1, double Top5, double Top10, double KlDiv, double Agreement,
    double PrefillTokensPerSecond, double DecodeTokensPerSecond, double TotalTokensPerSecond, double SpeedupMeasured,
    double SpeedupPredicted,
    long MemoryBytes, long Parameters, double? LmLossAssembled, double? Top1Assembled, double? KlDivAssembled,
    IReadOnlyList<string> Architecture,
    EngineSpeed? InTorch)
{
    internal static ModelReport Create(
        ModelEvaluation quality, ModelEvaluation? assembled, EngineSpeed? speed, EngineSpeed? inTorch,
        BlockCost cost, BlockCost parentCost, Workload workload, Architecture architecture)
    {
        EngineSpeed predicted = EngineSpeed.Predicted(cost, parentCost, workload), shown = speed ?? predicted;
        return new(
            quality.LanguageModelLoss, quality.Top1, quality.Top5, quality.Top10, quality.KlDivergence, quality.Agreement,
            shown.PrefillTokensPerSecond, shown.DecodeTokensPerSecond, shown.TotalTokensPerSecond, shown.Speedup, predicted.Speedup,
            cost.MemoryBytes, cost.ParameterCount,
            assembled?.LanguageModelLoss, assembled?.Top1, assembled?.KlDivergence, [.. architecture.Select(block => block.Name)], inTorch);
    }
}
