using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Puzzle.Library;
using Puzzle.Native;

namespace Puzzle.Search.Scoring;

/// <summary>Yields scores while a thread of its own computes them.</summary>
internal static class ScoreStream
{
    /// <summary>Computes scores and yields each as soon as it is found.</summary>
    /// <param name="work">Computes, telling of each score.</param>
    /// <param name="cancellationToken">Passed to the work.</param>
    public static async IAsyncEnumerable<BlockScore> Of(
        Action<Action<BlockScore>, CancellationToken> work, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var scores = Channel.CreateUnbounded<BlockScore>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<bool> computed = DedicatedThread.Run(() =>
        {
            try
            {
                work(score => scores.Writer.TryWrite(score), stop.Token);
                return true;
            }
            finally
            {
                scores.Writer.Complete();
            }
        });
        try
        {
            await foreach (BlockScore score in scores.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return score;
        }
        finally
        {
            // Also when the consumer stops early: what the work uses must not be in use after this method ends.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)computed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await computed.ConfigureAwait(false);
    }
}
