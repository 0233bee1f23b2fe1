using Puzzle.Measurement;

namespace Puzzle.ConsoleApp;

/// <summary>How fast one engine runs a model, and how much faster than the parent.</summary>
internal sealed record EngineSpeed(double PrefillTokensPerSecond, double DecodeTokensPerSecond, double TotalTokensPerSecond, double Speedup)
{
    public static EngineSpeed Of(IReadOnlyList<ModelThroughput> speeds, string name)
    {
        ModelThroughput speed = speeds.Single(one => one.Name == name), parent = speeds.Single(one => one.Name == FinishedModels.Parent);
        return new(speed.PrefillTokensPerSecond, speed.DecodeTokensPerSecond, speed.TotalTokensPerSecond, parent.RequestMilliseconds / speed.RequestMilliseconds);
    }
}
