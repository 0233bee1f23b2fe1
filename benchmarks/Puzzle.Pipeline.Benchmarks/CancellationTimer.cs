using System.Diagnostics;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>Starts an operation again and again, and cancels it at a random moment each time.</summary>
/// <param name="moments">How often.</param>
internal sealed class CancellationTimer(int moments)
{
    // Long enough to get past what is read and allocated first.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    /// <summary>Gives the milliseconds between cancellation and return, the shortest first.</summary>
    public async Task<double[]> MeasureAsync(Func<CancellationToken, Task> operation)
    {
        var random = new Random(1);
        var latencies = new List<double>();
        TimeSpan wait = LongestWait;
        // What ended before its moment has shown how long it takes: its further moments are earlier.
        for (int attempt = 0; attempt < 3 * moments && latencies.Count < moments; attempt++)
        {
            using var cancellation = new CancellationTokenSource();
            long started = Stopwatch.GetTimestamp();
            Task running = Task.Factory.StartNew(
                () => operation(cancellation.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .Unwrap();
            await Task.WhenAny(running, Task.Delay(wait * random.NextDouble(), CancellationToken.None));
            if (running.IsCompleted)
            {
                await running;
                wait = Stopwatch.GetElapsedTime(started);
                continue;
            }
            long canceled = Stopwatch.GetTimestamp();
            await cancellation.CancelAsync();
            try
            {
                await running;
            }
            catch (OperationCanceledException)
            {
                latencies.Add(Stopwatch.GetElapsedTime(canceled).TotalMilliseconds);
            }
        }
        return [.. latencies.Order()];
    }
}
