namespace Puzzle.Foundation;

/// <summary>Runs long work on a thread of its own.</summary>
internal static class WorkThread
{
    /// <summary>Runs a function.</summary>
    /// <param name="work">The function; how it stops is its own business.</param>
    /// <param name="cancellationToken">Given to the task.</param>
    public static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) => Task.Factory.StartNew(
        work, cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
