using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class ExactArchitectureSolverConformanceTests : SolverConformance
{
    protected override IArchitectureSolver CreateSolver() => new ExactArchitectureSolver();
}
