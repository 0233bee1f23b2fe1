using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>
/// Runs independent pieces of torch work side by side, one intra-operator thread each: measured faster than one
/// piece on several intra-operator threads, and it does not collapse on a busy machine.
/// </summary>
internal static class TorchWorkers
{
    /// <summary>Gets the number of workers that suits this machine.</summary>
    public static int Default => Math.Max(1, Environment.ProcessorCount);

    /// <summary>Gives the number of workers for a device: a GPU runs one stream, where more threads only wait for each other and multiply
    /// memory.</summary>
    /// <param name="device">Where the work is done.</param>
    /// <param name="wanted">The number asked for.</param>
    public static int On(Device device, int wanted) => device.type == TorchSharp.DeviceType.CUDA ? 1 : wanted;

    /// <summary>Runs <paramref name="body"/> once per worker, each on a pooled thread of its own in its own dispose scope, and waits for
    /// all; the first worker's failure is thrown.</summary>
    /// <param name="workers">The number of workers; a single one runs on the calling thread.</param>
    /// <param name="body">Receives the worker's index.</param>
    public static void Run(int workers, Action<int> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        if (workers == 1)
        {
            RunHere(body);
            return;
        }

        var failures = new ExceptionDispatchInfo?[workers];
        TorchThread[] threads = TorchThreadPool.Take(workers);
        using var running = new CountdownEvent(workers);
        ExecutionContext? context = ExecutionContext.Capture();
        for (int worker = 0; worker < workers; worker++)
        {
            int index = worker;
            threads[index].Post(() =>
            {
                try
                {
                    if (context is null)
                        RunScoped(body, index);
                    else
                        ExecutionContext.Run(context, _ => RunScoped(body, index), null);
                }
                catch (Exception exception)
                {
                    failures[index] = ExceptionDispatchInfo.Capture(exception);
                }
                finally
                {
                    running.Signal();
                }
            });
        }
        running.Wait();
        TorchThreadPool.Return(threads);
        failures.FirstOrDefault(failure => failure is not null)?.Throw();
    }

    /// <summary>Runs <paramref name="body"/> for every item, handing the next item to the next free worker.</summary>
    /// <param name="workers">The number of workers.</param>
    /// <param name="items">The items; results must not depend on the order they are taken in.</param>
    /// <param name="body">Does one item.</param>
    /// <param name="cancellationToken">Checked before each item.</param>
    public static void ForEach<T>(int workers, IReadOnlyList<T> items, Action<T> body, CancellationToken cancellationToken)
    {
        int next = -1;
        Run(Math.Clamp(workers, 1, Math.Max(1, items.Count)), _ =>
        {
            for (int i = Interlocked.Increment(ref next); i < items.Count; i = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                body(items[i]);
            }
        });
    }

    private static void RunScoped(Action<int> body, int worker)
    {
        set_num_threads(1);
        using var scope = NewDisposeScope();
        body(worker);
    }

    // One intra-operator thread here too: sums are cut over threads, so another number would give other last bits.
    private static void RunHere(Action<int> body)
    {
        int threads = get_num_threads();
        set_num_threads(1);
        try
        {
            using var scope = NewDisposeScope();
            body(0);
        }
        finally
        {
            set_num_threads(threads);
        }
    }
}
