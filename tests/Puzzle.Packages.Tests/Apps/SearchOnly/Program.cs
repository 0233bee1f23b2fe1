using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

var problem = new SearchProblem
{
    Layers = [.. Enumerable.Range(0, 4).Select(layer => (IReadOnlyList<SearchVariant>)
    [
        new("parent", 0, new Dictionary<CostName, double> { [CostName.Runtime] = 2 }) { IsParent = true },
        new("half", layer + 1, new Dictionary<CostName, double> { [CostName.Runtime] = 1 }),
    ])],
    Constraints = [new ResourceConstraint(CostName.Runtime, 6)],
};
foreach (IArchitectureSolver solver in (IArchitectureSolver[])[new ArchitectureSolver(), new MipArchitectureSolver()])
    Console.WriteLine($"{solver.Solve(problem).Status} {solver.Solve(problem).Objective}");
