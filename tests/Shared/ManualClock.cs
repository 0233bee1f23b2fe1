namespace Puzzle.Tests;

/// <summary>A clock of whole milliseconds that moves when told to, or by a step whenever it is read.</summary>
internal sealed class ManualClock(long stepPerRead = 0) : TimeProvider
{
    private long _now;

    public int Reads { get; private set; }

    public override long TimestampFrequency => 1000;

    public void Advance(long milliseconds) => _now += milliseconds;

    public override long GetTimestamp()
    {
        Reads++;
        return _now += stepPerRead;
    }
}
