using Puzzle.Search;

namespace Puzzle.Benchmarks;

/// <summary>The published notebook's three targets.</summary>
internal static class Scenarios
{
    public static readonly (string Name, ResourceConstraint[] Constraints)[] Demo =
    [
        ("80,000 MiB, 6000 tok/s", [new(SyntheticLibrary.Memory, 80_000), new(SyntheticLibrary.Runtime, 51_200)]),
        ("40,000 MiB", [new(SyntheticLibrary.Memory, 40_000)]),
        ("85 % / 85 %", [new(SyntheticLibrary.Memory, 97_723.4375), new(SyntheticLibrary.Runtime, 55_554.119192382816)]),
    ];
}
