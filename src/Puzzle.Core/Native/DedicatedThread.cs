using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>
/// Runs CPU-bound torch work on a thread of its own: scopes and no_grad are per thread and must not cross an await.
/// One intra-operator thread: what a new thread would start with depends on what ran before, and so would the last bits.
/// </summary>
internal static class DedicatedThread
{
    public static Task<T> Run<T>(Func<T> work)
    {
        TorchRuntime.Initialize();
        return Task.Factory.StartNew(
            () =>
            {
                set_num_threads(1);
                return work();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }
}
