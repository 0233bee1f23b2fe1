namespace Puzzle.Tests;

/// <summary>Tests that count what is alive in the whole process: they run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
