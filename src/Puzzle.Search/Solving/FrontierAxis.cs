using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>A cost whose largest total is swept.</summary>
/// <param name="Cost">The cost.</param>
/// <param name="Maxima">The largest totals to try, in any order.</param>
public sealed record FrontierAxis(CostName Cost, IReadOnlyList<double> Maxima)
{
    /// <summary>Sweeps in equal steps.</summary>
    /// <param name="cost">The cost.</param>
    /// <param name="from">One end.</param>
    /// <param name="to">The other end.</param>
    /// <param name="points">How many values, at least 2, both ends included.</param>
    public static FrontierAxis Between(CostName cost, double from, double to, int points)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        return new FrontierAxis(cost, [.. Enumerable.Range(0, points).Select(i => from + ((to - from) * i / (points - 1)))]);
    }

    /// <summary>Sweeps throughput: at least so many tokens per second each.</summary>
    /// <param name="workload">The workload the costs were measured under.</param>
    /// <param name="tokensPerSecond">The smallest throughputs to try, prompt and generated tokens together.</param>
    public static FrontierAxis Throughput(Workload workload, IEnumerable<double> tokensPerSecond)
    {
        ArgumentNullException.ThrowIfNull(workload);
        return new FrontierAxis(CostName.Runtime, [.. tokensPerSecond.Select(tokens => tokens > 0
            ? workload.TotalTokens * 1000 / tokens
            : throw new ArgumentException(
                FormattableString.Invariant($"A throughput must be positive; got {tokens}."), nameof(tokensPerSecond)))]);
    }
}
