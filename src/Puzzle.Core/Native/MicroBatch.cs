using static System.FormattableString;
using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>
/// How many windows are computed at once. Where memory runs out that is halved, for all who share this, and the work is done again from
/// its beginning: what it gives is what work that began with the smaller number gives.
/// </summary>
internal sealed class MicroBatch
{
    private static readonly AsyncLocal<Action<int>?> Watcher = new();

    private readonly string _what;
    private readonly Func<int, long> _bytes;
    private readonly Lock _gate = new();
    private volatile int _size;

    /// <param name="what">The work, for the message when not even one window fits.</param>
    /// <param name="most">The windows to begin with.</param>
    /// <param name="bytes">What so many windows at once take, in bytes.</param>
    /// <param name="room">The bytes that there are: it begins with the first of <paramref name="most"/>, its half, and so on that takes no
    /// more, or with one window.</param>
    public MicroBatch(string what, int most, Func<int, long> bytes, long room = long.MaxValue)
    {
        (_what, _size, _bytes) = (what, most, bytes);
        while (_size > 1 && bytes(_size) > room)
            _size = HalfOf(_size);
    }

    /// <summary>Gets the most windows at once.</summary>
    public int Size => _size;

    /// <summary>Tells a watcher the windows of every piece before it is computed, on this thread and those that work for it; memory may run
    /// out there.</summary>
    public static IDisposable Watch(Action<int> piece)
    {
        Watcher.Value = piece;
        return new Watching();
    }

    /// <summary>Cuts windows into pieces of the present size.</summary>
    /// <param name="start">The first window.</param>
    /// <param name="end">The window after the last.</param>
    public IEnumerable<(int Start, int Count)> Pieces(int start, int end)
    {
        for (int size = _size; start < end; start += size)
        {
            int count = Math.Min(size, end - start);
            Watcher.Value?.Invoke(count);
            yield return (start, count);
        }
    }

    /// <summary>Does work in a dispose scope of its own, and again in smaller pieces as long as memory runs out.</summary>
    /// <param name="work">The work, in <see cref="Pieces"/>; begun again, it forgets what it did before. No tensor leaves it.</param>
    /// <exception cref="InsufficientMemoryException">One window at a time does not fit.</exception>
    public T Run<T>(Func<T> work)
    {
        while (true)
        {
            int size = _size;
            try
            {
                using var scope = NewDisposeScope();
                return work();
            }
            catch (Exception cause) when (OutOfMemory.Is(cause))
            {
                Halve(size, cause);
            }
        }
    }

    private void Halve(int failed, Exception cause)
    {
        lock (_gate)
        {
            // Somebody else may have halved it meanwhile.
            if (_size >= failed)
                _size = failed > 1 ? HalfOf(failed) : throw GivenUp(cause);
        }
        NativeHeap.Trim();
    }

    private InsufficientMemoryException GivenUp(Exception cause) => new(
        Invariant($"{_what} does not fit into memory, even with one window at a time, which takes about {_bytes(1) / 1048576.0:N0} MiB: ")
            + $"use shorter windows or fewer workers, or free memory. Torch says: {cause.Message.Split('\n')[0]}", cause);

    private static int HalfOf(int size) => (size + 1) / 2;

    private sealed class Watching : IDisposable
    {
        public void Dispose() => Watcher.Value = null;
    }
}
