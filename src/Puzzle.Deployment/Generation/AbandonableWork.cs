using System.Collections.Concurrent;

namespace Puzzle.Deployment.Generation;

/// <summary>Native calls that cannot be stopped: whoever is canceled goes on at once, and what the call makes is disposed where it
/// ends.</summary>
internal static class AbandonableWork
{
    // Long enough for the largest graph; a process that ends under a native call may crash.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<Task, byte> Abandoned = new();
    private static readonly Lazy<bool> AreWaitedFor = new(WaitForThemAtTheEnd);

    /// <summary>Runs a call.</summary>
    /// <param name="work">The call.</param>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <returns>What it made, which the caller disposes.</returns>
    public static T Run<T>(Func<T> work, CancellationToken cancellationToken)
        where T : IDisposable
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!cancellationToken.CanBeCanceled)
            return work();
        Task<T> running = Task.Factory.StartNew(
            work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        try
        {
            running.Wait(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Abandon(running);
            throw;
        }
        catch (AggregateException)
        {
            // Thrown below as what it is.
        }
        return running.GetAwaiter().GetResult();
    }

    private static void Abandon<T>(Task<T> running)
        where T : IDisposable
    {
        _ = AreWaitedFor.Value;
        Task end = running.ContinueWith(
            ended =>
            {
                if (ended.IsCompletedSuccessfully)
                    ended.Result.Dispose();
                // That it failed concerns nobody any more.
                _ = ended.Exception;
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Abandoned[end] = 0;
        end.ContinueWith(
            done => Abandoned.TryRemove(done, out _),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static bool WaitForThemAtTheEnd()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Task.WaitAll([.. Abandoned.Keys], LongestEnd);
        return true;
    }
}
