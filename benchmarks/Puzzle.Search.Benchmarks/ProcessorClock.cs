namespace Puzzle.Benchmarks;

/// <summary>A clock that counts this process's processor time: limits and times then do not depend on what else runs.</summary>
internal sealed class ProcessorClock : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
