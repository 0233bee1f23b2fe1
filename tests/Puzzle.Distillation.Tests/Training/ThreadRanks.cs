using System.Runtime.InteropServices;
using Puzzle.Distillation;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

/// <summary>Ranks that are threads of one process: what they give each other lies in shared arrays, between barriers.</summary>
internal sealed class ThreadRanks : IDisposable
{
    private readonly Barrier _barrier;
    private readonly object?[] _given;

    public ThreadRanks(int ranks)
    {
        (_barrier, _given) = (new Barrier(ranks), new object?[ranks]);
        Reducers = [.. Enumerable.Range(0, ranks).Select(rank => new Member(this, rank))];
    }

    public IReadOnlyList<Member> Reducers { get; }

    /// <summary>Runs work on every rank and gives what each came to, results or failures.</summary>
    public static async Task<(T? Result, Exception? Failure)[]> RunAsync<T>(int ranks, Func<IGradientReducer, Task<T>> work)
    {
        using var all = new ThreadRanks(ranks);
        return await Task.WhenAll(all.Reducers.Select(reducer => Task.Run(async () =>
        {
            try
            {
                return (await work(reducer), (Exception?)null);
            }
            catch (Exception failure)
            {
                return (default(T?), failure);
            }
        }))).WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Runs work on every rank, none of which may fail.</summary>
    public static async Task<T[]> ResultsAsync<T>(int ranks, Func<IGradientReducer, Task<T>> work) =>
        [.. (await RunAsync(ranks, work)).Select(ended => ended.Failure is null ? ended.Result! : throw ended.Failure)];

    public void Dispose() => _barrier.Dispose();

    private TResult Share<TGiven, TResult>(int rank, TGiven given, Func<TGiven[], TResult> read)
    {
        _given[rank] = given;
        _barrier.SignalAndWait();
        TResult result = read([.. _given.Cast<TGiven>()]);
        _barrier.SignalAndWait();
        return result;
    }

    internal sealed class Member(ThreadRanks all, int rank) : IGradientReducer
    {
        public int Rank => rank;

        public int Ranks => all._given.Length;

        // Of every element the sum of all parts in order: an own loop over numbers, which the library's order is compared with.
        public void Sum(IReadOnlyList<Tensor> parts)
        {
            float[][] own = [.. parts.Select(part => part.data<float>().ToArray())];
            float[] sums = all.Share(rank, own, given =>
            {
                float[][] each = [.. given.SelectMany(one => one)];
                return Enumerable.Range(0, each[0].Length).Select(i => each.Skip(1).Aggregate(each[0][i], (sum, part) => sum + part[i]))
                    .ToArray();
            });
            MemoryMarshal.AsBytes(sums.AsSpan()).CopyTo(parts[0].bytes);
        }

        public void Broadcast(Tensor values)
        {
            byte[] first = all.Share(rank, values.bytes.ToArray(), given => given[0]);
            first.CopyTo(values.bytes);
        }

        public IReadOnlyList<byte[]> Exchange(ReadOnlySpan<byte> message) => all.Share(rank, message.ToArray(), given => given);
    }
}
