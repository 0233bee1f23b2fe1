using Puzzle.Cluster.Mpi;
using Puzzle.Distillation;
using static TorchSharp.torch;

namespace Puzzle.Tests.Mpi;

public sealed class MpiGradientReducerTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranks_CallsGiveWhatTheyPromise_AndWhoLeavesEarlyIsMissed(int ranks)
    {
        (int exitCode, string output) = MpiRun.Start(ranks, typeof(MpiGradientReducerTests), nameof(OnRank_CallsGiveWhatTheyPromise));

        Assert.True(exitCode == 0, output);
        Assert.Equal(ranks, output.Split("Total: 1, Errors: 0, Failed: 0, Skipped: 0").Length - 1);
    }

    [Fact]
    public void Join_WithoutMpi_SaysWhatToInstall()
    {
        var missing = Assert.Throws<DllNotFoundException>(() => OpenMpi.Join("libmpi-that-is-not-there.so.40"));

        Assert.Contains("apt-get install openmpi-bin", missing.Message, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void OnRank_CallsGiveWhatTheyPromise()
    {
        using MpiGradientReducer reducer = MpiGradientReducer.Join();
        using var scope = NewDisposeScope();

        // Two parts of each rank, over several slices and a rest; every rank can make those of all.
        const int Length = (2 << 18) + 17;
        float[][] parts = [.. Enumerable.Range(0, 2 * reducer.Ranks).Select(part => Numbers(Length, part))];
        Tensor first = tensor(parts[2 * reducer.Rank]), second = tensor(parts[(2 * reducer.Rank) + 1]);
        reducer.Sum([first, second]);
        float[] expected = [.. Enumerable.Range(0, Length).Select(i => parts.Skip(1).Aggregate(parts[0][i], (sum, part) => sum + part[i]))];
        Assert.Equal(expected, first.data<float>().ToArray());
        Assert.Equal(parts[(2 * reducer.Rank) + 1], second.data<float>().ToArray());

        foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.BFloat16, ScalarType.Int64 })
        {
            Tensor values = full([300_001, 1], reducer.Rank + 7, type);
            reducer.Broadcast(values);
            Assert.True(values.eq(full([], 7, type)).all().item<bool>());
        }
        reducer.Broadcast(zeros(0));

        foreach (int length in new[] { 0, 1, 1000, (1 << 20) + 1 })
        {
            // Every rank's message has another length, but for those that are empty.
            byte[][] told = [.. reducer.Exchange(Message(reducer.Rank, length))];
            Assert.Equal(Enumerable.Range(0, reducer.Ranks).Select(rank => Message(rank, length)), told);
        }
        // What .NET makes of signals still works beside MPI.
        Assert.Throws<NullReferenceException>(() => Null()!.Length);

        if (reducer.Rank != 1)
            Assert.Equal(1, Assert.Throws<RankFailedException>(() => reducer.Exchange([2])).Rank);
    }

    private static float[] Numbers(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    private static byte[] Message(int rank, int length) =>
        [.. Enumerable.Range(0, length == 0 ? 0 : length + rank).Select(i => (byte)(i + rank))];

    private static string? Null() => null;
}
