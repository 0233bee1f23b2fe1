namespace Puzzle.Measurement;

/// <summary>One part of a model whose time is wanted.</summary>
internal interface IProfiledPart
{
    /// <summary>Gets its <see cref="PartName"/>.</summary>
    string Name { get; }

    /// <summary>Gets a value indicating whether it is a no-op, which takes no time.</summary>
    bool IsNothing { get; }
}
