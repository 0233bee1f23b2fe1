namespace Puzzle.Foundation;

/// <summary>
/// Counts the calls that use a disposable object, so that its disposal waits for them and later ones fail. A call must not dispose the
/// object that it uses: it would wait for itself.
/// </summary>
/// <param name="owner">The object's type, named by exceptions.</param>
internal sealed class OpenCalls(Type owner)
{
    private readonly object _gate = new();
    private int _count;
    private bool _isClosed;

    /// <summary>Begins a call; it ends when what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The object is disposed, or about to be.</exception>
    public Call Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, owner);
            _count++;
        }
        return new Call(this);
    }

    /// <summary>Throws where <see cref="Enter"/> would.</summary>
    public void Check()
    {
        lock (_gate)
            ObjectDisposedException.ThrowIf(_isClosed, owner);
    }

    /// <summary>Lets no further call in and waits for those that are open.</summary>
    /// <returns>Whether this was the first time, so that the caller disposes what the calls used.</returns>
    public bool Close()
    {
        lock (_gate)
        {
            if (_isClosed)
                return false;
            _isClosed = true;
            while (_count > 0)
                Monitor.Wait(_gate);
            return true;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_count == 0)
                Monitor.PulseAll(_gate);
        }
    }

    /// <summary>An open call.</summary>
    public readonly struct Call(OpenCalls calls) : IDisposable
    {
        public void Dispose() => calls.Leave();
    }
}
