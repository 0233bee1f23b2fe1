using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class RandomArchitectureSolverConformanceTests : SolverConformance
{
    protected override bool IsComplete => false;

    protected override IArchitectureSolver CreateSolver() => new RandomArchitectureSolver(seed: 1);
}
