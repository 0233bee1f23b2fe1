using Puzzle.Library;

namespace Puzzle.Work;

/// <summary>Knows the units of a stage, and does them.</summary>
public interface IUnitRunner
{
    /// <summary>Gets the units, by layer. Their seconds are not known.</summary>
    IReadOnlyList<WorkUnit> Units { get; }

    /// <summary>Does units that are missing.</summary>
    /// <param name="units">Some of <see cref="Units"/>.</param>
    /// <param name="library">Where results are stored.</param>
    /// <param name="gate">Asked before each unit, and told after it.</param>
    /// <param name="cancellationToken">Stops soon; what is done is stored.</param>
    Task RunAsync(
        IReadOnlyList<WorkUnit> units, IBlockLibrary library, IUnitGate gate, CancellationToken cancellationToken = default);

    /// <summary>Says whether a library has a unit's result.</summary>
    /// <param name="unit">One of <see cref="Units"/>.</param>
    /// <param name="library">The library.</param>
    bool IsIn(WorkUnit unit, IBlockLibrary library);
}
