namespace Puzzle.Work;

/// <summary>This process as a worker: it gives signs of life until it is disposed.</summary>
internal sealed class WorkerLife : IDisposable
{
    private readonly Workers _workers;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private long _beats;
    private bool _ended;

    /// <param name="workers">Where signs of life are given.</param>
    /// <param name="options">How often.</param>
    /// <param name="time">Says when the next is due.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public WorkerLife(Workers workers, WorkOptions options, TimeProvider time)
    {
        _workers = workers;
        Name = Workers.NewName();
        _workers.Beat(Name, _beats);
        _timer = time.CreateTimer(_ => TryBeat(), null, options.HeartbeatInterval, options.HeartbeatInterval);
    }

    /// <summary>Gets its name.</summary>
    public string Name { get; }

    /// <summary>Ends it: whatever it has not given back may be taken at once.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _ended = true;
            File.Delete(_workers.PathOf(Name));
        }
    }

    private void TryBeat()
    {
        // One that takes longer than the time to the next is that one too.
        if (!_gate.TryEnter())
            return;
        try
        {
            if (!_ended)
                _workers.Beat(Name, ++_beats);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The next one may succeed; meanwhile others may take the unit over, which costs its work and nothing else.
        }
        finally
        {
            _gate.Exit();
        }
    }
}
