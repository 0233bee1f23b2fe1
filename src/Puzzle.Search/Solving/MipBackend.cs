namespace Puzzle.Search.Solving;

/// <summary>The solvers of OR-Tools that <see cref="MipArchitectureSolver"/> can use.</summary>
public enum MipBackend
{
    /// <summary>Google's constraint solver, in integers: never breaks a bound.</summary>
    CpSat,

    /// <summary>SCIP.</summary>
    Scip,

    /// <summary>COIN-OR CBC. It counts processor time, and cannot be interrupted before its time limit.</summary>
    Cbc,
}
