using Puzzle.Distillation.ClosedForm;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.ClosedForm;

public sealed class ChannelEliminationTests
{
    [Fact]
    public void Keep_EveryRound_DropsWhatItsOwnRefitSaysIsCheapest()
    {
        using var scope = NewDisposeScope();
        (Tensor gram, Tensor cross) = Moments(seed: 2);
        double strength = Ridge.Strength(gram, 100);

        IReadOnlyDictionary<int, long[]> kept = ChannelElimination.Keep(gram, cross, 100, [40, 33, 20, 7]);

        // The same rounds, each with the loss of every single channel from two fits of its own.
        long[] left = [.. Enumerable.Range(0, 40).Select(channel => (long)channel)];
        while (left.Length > 7)
        {
            if (kept.TryGetValue(left.Length, out long[]? known))
                Assert.Equal(left, known);
            double whole = Fitted(left);
            int gone = Math.Max(1, left.Length / 16);
            long[] cheapest = [.. left.OrderBy(channel => whole - Fitted([.. left.Where(other => other != channel)])).Take(gone)];
            left = [.. left.Except(cheapest)];
        }
        Assert.Equal(left, kept[7]);

        // How much of the target a fit to some channels explains.
        double Fitted(long[] channels)
        {
            using var inner = NewDisposeScope();
            Tensor index = tensor(channels);
            Tensor ridged = gram.index_select(0, index).index_select(1, index).add(
                eye(channels.Length, dtype: ScalarType.Float64), strength.ToScalar());
            Tensor part = cross.index_select(0, index);
            return part.mul(linalg.solve(ridged, part)).sum().item<double>();
        }
    }

    [Fact]
    public void Keep_OneWidth_KeepsTheSameChannelsWhateverElseIsAskedFor()
    {
        using var scope = NewDisposeScope();
        (Tensor gram, Tensor cross) = Moments(seed: 3);

        IReadOnlyDictionary<int, long[]> together = ChannelElimination.Keep(gram, cross, 100, [5, 39, 24, 11]);

        Assert.All(together, width => Assert.Equal(width.Value, ChannelElimination.Keep(gram, cross, 100, [width.Key])[width.Key]));
        Assert.All(together, width => Assert.Equal(width.Key, width.Value.Distinct().Count()));
    }

    [Fact]
    public void Keep_Canceled_Stops()
    {
        using var scope = NewDisposeScope();
        (Tensor gram, Tensor cross) = Moments(seed: 4);

        Assert.ThrowsAny<OperationCanceledException>(
            () => ChannelElimination.Keep(gram, cross, 100, [5], new CancellationToken(canceled: true)));
    }

    private static (Tensor Gram, Tensor Cross) Moments(ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        Tensor mixed = normal(0, 1, [100, 40], ScalarType.Float64, CPU, generator: generator).matmul(
            normal(0, 1, [40, 40], ScalarType.Float64, CPU, generator: generator));
        Tensor target = mixed.matmul(normal(0, 1, [40, 6], ScalarType.Float64, CPU, generator: generator));
        return (mixed.t().matmul(mixed).div(tensor(100.0)), mixed.t().matmul(target).div(tensor(100.0)));
    }
}
