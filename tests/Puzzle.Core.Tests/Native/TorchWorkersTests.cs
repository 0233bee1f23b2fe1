using System.Collections.Concurrent;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Tests.Native;

public sealed class TorchWorkersTests
{
    [Fact]
    public void Run_SeveralWorkers_RunsEachOnceSideBySide()
    {
        using var all = new Barrier(3);
        var seen = new ConcurrentBag<(int Worker, int Thread, int Intra)>();

        TorchWorkers.Run(3, worker =>
        {
            Assert.True(all.SignalAndWait(TimeSpan.FromSeconds(30)));
            seen.Add((worker, Environment.CurrentManagedThreadId, get_num_threads()));
        });

        Assert.Equal([0, 1, 2], seen.Select(item => item.Worker).Order());
        Assert.Equal(3, seen.Select(item => item.Thread).Distinct().Count());
        Assert.All(seen, item => Assert.Equal(1, item.Intra));
    }

    [Fact]
    public void Run_AgainAndAgain_StartsNoFurtherThreads()
    {
        var names = new ConcurrentDictionary<string, byte>();
        for (int round = 0; round < 50; round++)
            TorchWorkers.Run(2, _ => names.TryAdd(Thread.CurrentThread.Name!, 0));

        // Other tests may hold some threads now and then, but never make each round start two new ones.
        Assert.InRange(names.Count, 2, 40);
        Assert.All(names.Keys, name => Assert.StartsWith("Puzzle torch worker", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_WithinARun_DoesNotDeadlock()
    {
        int runs = 0;
        TorchWorkers.Run(2, _ => TorchWorkers.Run(2, _ => TorchWorkers.Run(2, _ => Interlocked.Increment(ref runs))));
        Assert.Equal(8, runs);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_FailingWorkers_ThrowsTheFirstOfThemAfterAllHaveEnded(int workers)
    {
        int ended = 0;
        var exception = Assert.Throws<InvalidOperationException>(() => TorchWorkers.Run(workers, worker =>
        {
            Interlocked.Increment(ref ended);
            throw new InvalidOperationException($"worker {worker}");
        }));

        Assert.Equal("worker 0", exception.Message);
        Assert.Equal(workers, ended);
        int after = 0;
        TorchWorkers.Run(workers, _ => Interlocked.Increment(ref after));
        Assert.Equal(workers, after);
    }

    [Fact]
    public void Run_ContextOfTheCaller_IsTheWorkersToo()
    {
        var local = new AsyncLocal<string?> { Value = "caller" };
        var seen = new ConcurrentBag<string?>();
        TorchWorkers.Run(2, _ => seen.Add(local.Value));
        local.Value = "other";
        TorchWorkers.Run(2, _ => seen.Add(local.Value));
        Assert.Equal(["caller", "caller", "other", "other"], seen.Order());
    }

    [Fact]
    public void ForEach_Canceled_StopsBeforeTheNextItem()
    {
        using var cancellation = new CancellationTokenSource();
        int done = 0;
        Assert.Throws<OperationCanceledException>(() => TorchWorkers.ForEach(2, [.. Enumerable.Range(0, 1000)], _ =>
        {
            int item = Interlocked.Increment(ref done);
            if (item == 10)
                cancellation.Cancel();
            else if (item > 10)
                cancellation.Token.WaitHandle.WaitOne();
        }, cancellation.Token));
        Assert.InRange(done, 10, 12);
    }

    [Fact]
    public void ForEach_Tensors_AreDisposedWithTheItem()
    {
        var kept = new ConcurrentBag<Tensor>();
        TorchWorkers.ForEach(2, [1, 2, 3, 4], item => kept.Add(zeros(item)), CancellationToken.None);
        Assert.All(kept, tensor => Assert.True(tensor.IsInvalid));
    }
}
