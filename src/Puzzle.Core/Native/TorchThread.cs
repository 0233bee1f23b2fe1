namespace Puzzle.Native;

/// <summary>A background thread that waits for pieces of work, one after the other, for as long as the process lives.</summary>
internal sealed class TorchThread
{
    private readonly SemaphoreSlim _posted = new(0);
    private Action? _work;

    /// <param name="number">Its place in the pool; the lowest free ones are taken first.</param>
    public TorchThread(int number)
    {
        Number = number;
        // Not the context of whoever happened to need it first.
        new Thread(Loop) { IsBackground = true, Name = $"Puzzle torch worker {number}" }.UnsafeStart();
    }

    public int Number { get; }

    /// <summary>Hands over work that must not throw; the thread must be idle.</summary>
    public void Post(Action work)
    {
        _work = work;
        _posted.Release();
    }

    private void Loop()
    {
        while (true)
        {
            _posted.Wait();
            Action work = _work!;
            _work = null;
            work();
        }
    }
}
