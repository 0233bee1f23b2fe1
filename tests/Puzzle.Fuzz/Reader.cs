using Puzzle.Foundation;

namespace Puzzle.Tests;

/// <summary>Something that reads files which may be damaged, and good files for it.</summary>
/// <param name="Name">What it reads; damaged files in the shared data are named so too.</param>
/// <param name="FileName">The name that the damaged file gets.</param>
/// <param name="Seeds">Good files.</param>
/// <param name="Read">Reads the file at a path.</param>
internal sealed record Reader(string Name, string FileName, IReadOnlyList<byte[]> Seeds, Action<string> Read)
{
    /// <summary>Gets the exceptions it documents for what a file may hold.</summary>
    public IReadOnlyList<Type> Documented { get; init; } = [typeof(CheckpointFormatException)];

    /// <summary>Gets how many other inputs are read for one of these: files whose reader does much are tried less often.</summary>
    public int Cost { get; init; } = 1;

    /// <summary>Gets files beside the damaged one.</summary>
    public IReadOnlyDictionary<string, byte[]> Beside { get; init; } = new Dictionary<string, byte[]>();
}
