using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class UniformArchitectureSolverConformanceTests : SolverConformance
{
    protected override bool IsComplete => false;

    protected override IArchitectureSolver CreateSolver() => new UniformArchitectureSolver();
}
