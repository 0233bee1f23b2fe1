using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Tests.Search;

internal static class Problems
{
    public static readonly CostName Cost = new("cost");

    public static SearchVariant Variant(string name, double score, double cost, bool isParent = false)
        => new(name, score, new Dictionary<CostName, double> { [Cost] = cost }) { IsParent = isParent };

    public static SearchProblem TwoLayers() => new()
    {
        Layers =
        [
            [Variant("parent", 0, 10, isParent: true), Variant("small", 1, 4)],
            [Variant("parent", 0, 10, isParent: true), Variant("small", 2, 3)],
        ],
        FixedCosts = new Dictionary<CostName, double> { [Cost] = 5 },
    };
}
