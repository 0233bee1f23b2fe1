using Puzzle.Distillation.ClosedForm;

namespace Puzzle.Tests.ClosedForm;

public sealed class HeadGroupsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Choose_PairsOfEight_CostLittleMoreThanTheBestOfAll(int seed)
    {
        double[,] costs = Costs(8, seed);
        double best = Pairings([.. Enumerable.Range(0, 8)]).Min(groups => HeadGroups.Cost(costs, groups));
        double neighbors = HeadGroups.Cost(costs, [.. Enumerable.Range(0, 8).Chunk(2)]);

        int[][] chosen = HeadGroups.Choose(costs, 4);

        Assert.Equal(Enumerable.Range(0, 8), chosen.SelectMany(group => group).Order());
        Assert.InRange(HeadGroups.Cost(costs, chosen), best, Math.Min(neighbors, 1.1 * best));
    }

    [Fact]
    public void Choose_GroupsThatAreAlike_AreFound()
    {
        int[] kinds = [2, 0, 1, 0, 2, 1, 0, 1, 2];
        var costs = new double[9, 9];
        for (int head = 0; head < 9; head++)
        {
            for (int other = 0; other < 9; other++)
                costs[head, other] = kinds[head] == kinds[other] ? 0 : 1;
        }

        Assert.Equal([[0, 4, 8], [1, 3, 6], [2, 5, 7]], HeadGroups.Choose(costs, 3));
    }

    [Fact]
    public void Choose_CostsThatAreNotFinite_StillEnds()
    {
        var costs = new double[4, 4];
        for (int head = 0; head < 4; head++)
            costs[head, 3 - head] = double.NaN;

        Assert.Equal(4, HeadGroups.Choose(costs, 2).Sum(group => group.Length));
    }

    private static double[,] Costs(int heads, int seed)
    {
        var random = new Random(seed);
        var costs = new double[heads, heads];
        for (int head = 0; head < heads; head++)
        {
            for (int other = 0; other < head; other++)
                costs[head, other] = costs[other, head] = random.NextDouble();
        }
        return costs;
    }

    private static IEnumerable<List<int[]>> Pairings(int[] heads)
    {
        if (heads.Length == 0)
        {
            yield return [];
            yield break;
        }
        for (int other = 1; other < heads.Length; other++)
        {
            foreach (List<int[]> rest in Pairings([.. heads.Where((_, index) => index != 0 && index != other)]))
                yield return [[heads[0], heads[other]], .. rest];
        }
    }
}
