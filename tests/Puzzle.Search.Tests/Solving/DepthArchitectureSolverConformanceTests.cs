using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class DepthArchitectureSolverConformanceTests : SolverConformance
{
    protected override bool IsComplete => false;

    protected override IArchitectureSolver CreateSolver() => new DepthArchitectureSolver(new ExactArchitectureSolver());
}
