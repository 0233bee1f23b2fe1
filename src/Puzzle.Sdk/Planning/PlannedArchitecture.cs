using Puzzle.Architectures;

namespace Puzzle.Planning;

/// <summary>An end of what a search can choose.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Speedup">How many times faster than the parent it should be, from times measured for a few of its parts and interpolated
/// for the others.</param>
/// <param name="MemoryShare">Its memory as a share of the parent's.</param>
/// <param name="ParametersKept">The share of the parent's block parameters it keeps: what harm can be judged by before anything is
/// trained.</param>
public sealed record PlannedArchitecture(Architecture Architecture, double Speedup, double MemoryShare, double ParametersKept);
