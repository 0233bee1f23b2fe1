using static System.FormattableString;

namespace Puzzle.Sizing;

/// <summary>What a stage holds at its peak, in closed form: told before it starts, from shapes and options alone.</summary>
/// <remarks>Shapes decide; a mixture's experts count as if tokens were spread evenly. Measured peaks beside it are in the
/// benchmarks.</remarks>
public sealed class MemoryPlan : IEquatable<MemoryPlan>
{
    /// <summary>Creates a plan; parts of nothing are left out.</summary>
    /// <param name="parts">What is held at once.</param>
    internal MemoryPlan(params IEnumerable<MemoryPart> parts) => Parts = [.. parts.Where(part => part.Bytes > 0)];

    /// <summary>Gets what is held at once.</summary>
    public IReadOnlyList<MemoryPart> Parts { get; }

    /// <summary>Gets all of it, in bytes.</summary>
    public long TotalBytes => Parts.Sum(part => part.Bytes);

    /// <summary>Says whether the parts are the same.</summary>
    /// <param name="other">Another plan.</param>
    public bool Equals(MemoryPlan? other) => other is not null && Parts.SequenceEqual(other.Parts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MemoryPlan);

    /// <inheritdoc/>
    public override int GetHashCode() => TotalBytes.GetHashCode();

    /// <summary>Gives the parts, the largest first.</summary>
    public override string ToString() => string.Join(
        ", ", Parts.OrderByDescending(part => part.Bytes).Select(part => Invariant($"{part.Name} {part.Bytes / 1048576.0:N0} MiB")));
}
