using Puzzle.Measurement;

namespace Puzzle.Reporting;

/// <summary>How fast one engine runs a model, and how much faster than the parent.</summary>
/// <param name="PrefillTokensPerSecond">Prompt tokens per second over the whole batch.</param>
/// <param name="DecodeTokensPerSecond">Generated tokens per second over the whole batch.</param>
/// <param name="TotalTokensPerSecond">Prompt and generated tokens per second of a whole request.</param>
/// <param name="Speedup">How many times faster than the parent a whole request is.</param>
public sealed record EngineSpeed(double PrefillTokensPerSecond, double DecodeTokensPerSecond, double TotalTokensPerSecond, double Speedup)
{
    /// <summary>Gives the speed of one of several measured models; null if it was not measured.</summary>
    /// <param name="speeds">The measured models, <c>parent</c> among them.</param>
    /// <param name="name">The model.</param>
    public static EngineSpeed? Find(IReadOnlyList<ModelThroughput> speeds, string name)
    {
        ArgumentNullException.ThrowIfNull(speeds);
        if (speeds.FirstOrDefault(one => one.Name == name) is not { } speed
            || speeds.FirstOrDefault(one => one.Name == RunReport.ParentName) is not { } parent)
            return null;
        return new EngineSpeed(
            speed.PrefillTokensPerSecond, speed.DecodeTokensPerSecond, speed.TotalTokensPerSecond,
            parent.RequestMilliseconds / speed.RequestMilliseconds);
    }

    /// <summary>Gives the speed that summed costs promise.</summary>
    internal static EngineSpeed Predicted(BlockCost cost, BlockCost parent, Workload workload)
    {
        var speed = new ModelThroughput(
            "", workload, new Timing(cost.PrefillMilliseconds, 0, 0), new Timing(cost.DecodeMilliseconds, 0, 0));
        return new EngineSpeed(
            Finite(speed.PrefillTokensPerSecond), Finite(speed.DecodeTokensPerSecond), Finite(speed.TotalTokensPerSecond),
            Finite(parent.RuntimeMilliseconds(workload) / cost.RuntimeMilliseconds(workload)));
    }

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
