using Puzzle.Measurement;

namespace Puzzle.ConsoleApp;

/// <summary>One model's row of the report; speeds are those of the engine that the target is for.</summary>
internal sealed record ModelReport(
    double LmLoss, double Top1, double Top5, double Top10, double KlDiv, double Agreement,
    double PrefillTokensPerSecond, double DecodeTokensPerSecond, double TotalTokensPerSecond, double SpeedupMeasured, double SpeedupPredicted,
    long MemoryBytes, long Parameters, double? LmLossAssembled, double? Top1Assembled, double? KlDivAssembled, IReadOnlyList<string> Architecture,
    EngineSpeed? InTorch)
{
    public static ModelReport Create(
        ModelEvaluation quality, ModelEvaluation? assembled, EngineSpeed speed, EngineSpeed? inTorch,
        BlockCost cost, BlockCost parentCost, Workload workload, IEnumerable<string> architecture) => new(
        quality.LanguageModelLoss, quality.Top1, quality.Top5, quality.Top10, quality.KlDivergence, quality.Agreement,
        speed.PrefillTokensPerSecond, speed.DecodeTokensPerSecond, speed.TotalTokensPerSecond,
        speed.Speedup, parentCost.RuntimeMilliseconds(workload) / cost.RuntimeMilliseconds(workload),
        cost.MemoryBytes, cost.ParameterCount,
        assembled?.LanguageModelLoss, assembled?.Top1, assembled?.KlDivergence, [.. architecture], inTorch);
}
