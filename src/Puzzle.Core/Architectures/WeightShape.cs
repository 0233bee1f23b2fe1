namespace Puzzle.Architectures;

/// <summary>A weight that a checkpoint must have: its name and shape.</summary>
/// <param name="name">The name, whole or relative to a layer.</param>
/// <param name="shape">The sizes of its dimensions; [out, in] for a matrix.</param>
public sealed class WeightShape(string name, params long[] shape)
{
    /// <summary>Gets the name, whole or relative to a layer.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the sizes of its dimensions; [out, in] for a matrix.</summary>
    public IReadOnlyList<long> Shape { get; } = shape;

    /// <summary>Gets the number of elements.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits.</exception>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}]";
}
