using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class ArchitectureSolverConformanceTests : SolverConformance
{
    protected override IArchitectureSolver CreateSolver() => new ArchitectureSolver();
}
