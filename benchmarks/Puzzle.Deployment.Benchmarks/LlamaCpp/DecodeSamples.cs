using System.Diagnostics;

namespace Puzzle.Deployment.Benchmarks.LlamaCpp;

/// <summary>What steps of one engine took, round by round, in milliseconds a step.</summary>
internal sealed class DecodeSamples(IGreedyDecoder engine)
{
    private readonly List<double> _wall = [];
    private readonly List<double> _processor = [];

    public IReadOnlyList<double> Wall => _wall;

    public IReadOnlyList<double> Processor => _processor;

    /// <summary>Gets the tokens of the latest round, step by step.</summary>
    public List<int> Tokens { get; } = [];

    public void Add(int steps, bool kept)
    {
        Tokens.Clear();
        int[] tokens = engine.Start();
        long start = Stopwatch.GetTimestamp();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int step = 0; step < steps; step++)
        {
            tokens = engine.Next(tokens);
            Tokens.AddRange(tokens);
        }
        double processor = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / steps;
        if (!kept)
            return;
        _wall.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps);
        _processor.Add(processor);
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
