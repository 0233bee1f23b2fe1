namespace Puzzle.Tests;

/// <summary>A thread that collects garbage without pause: a native call that outlives its managed arguments fails under it.</summary>
internal sealed class ConstantCollection : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stop;

    public ConstantCollection()
    {
        _thread = new Thread(() =>
        {
            while (!_stop)
            {
                GC.Collect(0);
                Thread.SpinWait(5_000);
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }
}
