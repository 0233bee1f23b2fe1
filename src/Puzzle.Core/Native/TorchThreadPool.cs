namespace Puzzle.Native;

/// <summary>
/// The process's torch threads. They outlive the work: the C allocator keeps an arena per thread, and with threads that
/// come and go every step its free memory lies now in this arena, now in that one, and resident memory swings.
/// </summary>
internal static class TorchThreadPool
{
    private static readonly Lock Gate = new();
    private static readonly PriorityQueue<TorchThread, int> Idle = new();
    private static int s_count;

    /// <summary>Takes idle threads, the lowest numbers first, and starts what is missing: work inside work never waits for a
    /// thread.</summary>
    public static TorchThread[] Take(int count)
    {
        var taken = new List<TorchThread>(count);
        try
        {
            lock (Gate)
            {
                while (taken.Count < count)
                    taken.Add(Idle.TryDequeue(out TorchThread? idle, out _) ? idle : new TorchThread(s_count++));
            }
        }
        catch
        {
            Return(taken);
            throw;
        }
        return [.. taken];
    }

    /// <summary>Gives threads back that have done their work.</summary>
    public static void Return(IEnumerable<TorchThread> threads)
    {
        lock (Gate)
        {
            foreach (TorchThread thread in threads)
                Idle.Enqueue(thread, thread.Number);
        }
    }
}
