namespace Puzzle.Native;

/// <summary>A background thread that waits for pieces of work, one after the other, for as long as the process lives.</summary>
internal sealed class TorchThread
{
    private readonly object _gate = new();
    private Action? _work;

    /// <param name="number">Its place in the pool; the lowest free ones are taken first.</param>
    public TorchThread(int number)
    {
        Number = number;
        // Not the context of whoever happened to need it first.
        new Thread(Loop) { IsBackground = true, Name = $"Puzzle torch worker {number}" }.UnsafeStart();
    }

    public int Number { get; }

    /// <summary>Hands over work that must not throw; the thread must have none.</summary>
    public void Post(Action work)
    {
        lock (_gate)
        {
            _work = work;
            Monitor.Pulse(_gate);
        }
    }

    private void Loop()
    {
        while (true)
            Take()();
    }

    private Action Take()
    {
        lock (_gate)
        {
            while (_work is null)
                Monitor.Wait(_gate);
            Action work = _work;
            _work = null;
            return work;
        }
    }
}
