using Puzzle.Library;

namespace Puzzle.Pipeline;

/// <summary>Opens the block library of a run. The pipeline disposes it if it is disposable.</summary>
/// <param name="folder">The folder the run gives it.</param>
/// <param name="parentFingerprint">The parent it must belong to.</param>
public delegate IBlockLibrary OpenBlockLibrary(string folder, string parentFingerprint);
