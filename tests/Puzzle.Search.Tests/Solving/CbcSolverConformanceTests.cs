using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class CbcSolverConformanceTests : SolverConformance
{
    protected override IArchitectureSolver CreateSolver() => new MipArchitectureSolver(new MipSolverOptions { Backend = MipBackend.Cbc });
}
