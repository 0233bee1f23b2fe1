using CsCheck;
using Puzzle.Library;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.Scoring;

public sealed class HalvingSelectionTests
{
    [Fact]
    public void Choose_CertainOrder_KeepsTheHullAlone()
    {
        HalvingPoint[] points =
        [
            Point("cheapest", 1, 10, 12, 11, 11), Point("bent in", 2, 10, 12, 11, 11.5), Point("on the way", 3, 4, 6, 5, 5),
                Point("above the line", 4, 4, 6, 5, 5.1),
            Point("dearest", 5, 0, 0, 0, 0), Point("worse and not cheaper", 5, 11, 13, 12, 12),
        ];

        Assert.Equal(
            ["cheapest", "on the way", "dearest"], Names(HalvingSelection.Choose(points, new SuccessiveHalvingOptions { Keep = 1 })));
    }

    [Fact]
    public void Choose_WithinTheSpread_KeepsTheContestedUpToTheShare()
    {
        // Worse on average by 0.25 on windows where it is now better, now worse; the other is worse by as much on every window.
        HalvingPoint[] points =
        [
            Point("cheap", 1, 8, 8, 8, 8), Point("best", 2, 1, 1, 1, 1), Point("contested", 2, 2, 0, 2, 1),
                Point("certain", 2, 1.25, 1.25, 1.25, 1.25),
        ];

        Assert.Equal(["cheap", "best", "contested"], Names(HalvingSelection.Choose(points, new SuccessiveHalvingOptions { Keep = 1 })));
        Assert.Equal(["cheap", "best"], Names(HalvingSelection.Choose(points, new SuccessiveHalvingOptions { Keep = 0.5 })));
        Assert.Equal(
            ["cheap", "best"], Names(HalvingSelection.Choose(points, new SuccessiveHalvingOptions { Keep = 1, StandardErrors = 0 })));
    }

    [Fact]
    public void Choose_SeveralCosts_KeepsWhatAnyOfThemWouldChoose()
    {
        HalvingPoint[] points = [
            With("fast", [1, 9], 5), With("small", [9, 1], 5), With("neither", [9, 9], 6), With("parent", [10, 10], 0)];

        Assert.Equal(["fast", "small", "parent"], Names(HalvingSelection.Choose(points, new SuccessiveHalvingOptions())));
    }

    [Fact]
    public void Choose_AnyPoints_KeepsEveryTradeOffsBest() =>
        Gen.Select(Gen.Int[1, 12], Gen.Double[0, 5], Gen.Double[0, 5]).Array[1, 20].Select(Gen.Double[0.01, 10])
            .Sample((candidates, rate) =>
        {
            HalvingPoint[] points = [.. candidates.Select(
                (candidate, i) => Point($"{i}", candidate.Item1, candidate.Item2, candidate.Item3))];

            IReadOnlyList<HalvingPoint> kept = HalvingSelection.Choose(points, new SuccessiveHalvingOptions { Keep = 0 });

            Assert.Equal(points.Min(Total), kept.Min(Total), 1e-9);
            Assert.Subset(points.ToHashSet(), kept.ToHashSet());

            double Total(HalvingPoint point) => point.Mean + (rate * point.Costs[0]);
        });

    private static string[] Names(IEnumerable<HalvingPoint> points) => [.. points.Select(point => point.Block.Attention.Recipe)];

    private static HalvingPoint Point(string name, double cost, params double[] harm) => With(name, [cost], harm);

    private static HalvingPoint With(string name, double[] costs, params double[] harm)
    {
        var block = new BlockVariant(new SubblockVariant(new SubblockKey(0, SubblockKind.Attention, "noop"), name, ""),
            new SubblockVariant(new SubblockKey(0, SubblockKind.Ffn, "noop"), name, ""));
        var score = new BlockScore(name, 0, name, "data", new Dictionary<string, double>());
        return new HalvingPoint(block, costs, score, harm.Length == 1 ? [harm[0], harm[0]] : harm);
    }
}
