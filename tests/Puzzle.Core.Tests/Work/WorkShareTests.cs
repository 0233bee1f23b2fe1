using Puzzle.Work;

namespace Puzzle.Tests.Work;

public sealed class WorkShareTests
{
    [Theory]
    [InlineData(40, 1)]
    [InlineData(40, 3)]
    [InlineData(40, 7)]
    [InlineData(4, 9)]
    public void Of_EveryShare_HasEachUnitOnceInOrderAndAboutEqualCost(int units, int count)
    {
        WorkPlan plan = SharedFolder.PlanOf(new LetterRunner(units));
        double total = plan.Units.Sum(unit => unit.Operations), largest = plan.Units.Max(unit => unit.Operations);

        IReadOnlyList<WorkUnit>[] shares = [.. Enumerable.Range(1, count).Select(index => new WorkShare(index, count).Of(plan))];

        Assert.Equal(plan.Units, shares.SelectMany(share => share));
        Assert.All(shares, share => Assert.InRange(
            share.Sum(unit => unit.Operations), (total / count) - largest, (total / count) + largest));
    }

    [Fact]
    public void Of_UnitsWithoutCost_CountsThemAlike()
    {
        WorkPlan plan = SharedFolder.PlanOf(new LetterRunner(10));
        plan = plan with { Units = [.. plan.Units.Select(unit => unit with { Operations = 0 })] };

        Assert.Equal(5, WorkShare.Parse("1/2").Of(plan).Count);
    }

    [Theory]
    [InlineData("0/2")]
    [InlineData("3/2")]
    [InlineData("1/0")]
    [InlineData("1/2000000")]
    public void Parse_ShareOutOfRange_IsRefused(string text) =>
        Assert.Contains(
            "There is no share", Assert.Throws<ArgumentOutOfRangeException>(() => WorkShare.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("2")]
    [InlineData("a/2")]
    [InlineData("-1/2")]
    [InlineData("1/2/3")]
    public void Parse_OtherText_SaysWhatIsExpected(string text) =>
        Assert.Contains("expected i/n", Assert.Throws<FormatException>(() => WorkShare.Parse(text)).Message, StringComparison.Ordinal);
}
