using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class ScipSolverConformanceTests : SolverConformance
{
    protected override IArchitectureSolver CreateSolver() => new MipArchitectureSolver(new MipSolverOptions { Backend = MipBackend.Scip });
}
