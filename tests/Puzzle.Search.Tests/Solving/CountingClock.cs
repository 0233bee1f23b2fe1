namespace Puzzle.Tests.Solving;

/// <summary>A clock that stands still, counts how often it is read, and does something at one of the readings.</summary>
internal sealed class CountingClock(int at, Action then) : TimeProvider
{
    public int Readings { get; private set; }

    public override long GetTimestamp()
    {
        if (++Readings == at)
            then();
        return 0;
    }
}
