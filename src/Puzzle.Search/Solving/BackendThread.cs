namespace Puzzle.Search.Solving;

/// <summary>Runs a native search on a thread of its own, so that a cancellation is answered at once whatever the search is doing.</summary>
internal static class BackendThread
{
    private static readonly TimeSpan BetweenStops = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs a search to its end, or leaves it when canceled.</summary>
    /// <param name="solve">The search.</param>
    /// <param name="stop">Asks the search to end. It may come before the search listens, so it is repeated until the search has
    /// ended.</param>
    /// <param name="release">Frees what the search uses, when it has ended.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="OperationCanceledException">The search was canceled; it may still be ending.</exception>
    public static T Run<T>(Func<T> solve, Action stop, Action release, CancellationToken cancellationToken)
    {
        Task<T> solving = Task.Factory.StartNew(solve, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            solving.Wait(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Task.Run(() => End(solving, stop, release), CancellationToken.None);
            throw;
        }
        catch (AggregateException)
        {
            // Rethrown below, as the search threw it.
        }
        try
        {
            return solving.GetAwaiter().GetResult();
        }
        finally
        {
            release();
        }
    }

    private static async Task End(Task solving, Action stop, Action release)
    {
        while (!solving.IsCompleted)
        {
            stop();
            await Task.WhenAny(solving, Task.Delay(BetweenStops)).ConfigureAwait(false);
        }
        _ = solving.Exception;
        release();
    }
}
