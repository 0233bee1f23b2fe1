namespace Puzzle.Native;

/// <summary>Runs CPU-bound torch work on a thread of its own: scopes and no_grad are per thread and must not cross an await.</summary>
internal static class DedicatedThread
{
    public static Task<T> Run<T>(Func<T> work)
    {
        TorchRuntime.Initialize();
        return Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }
}
