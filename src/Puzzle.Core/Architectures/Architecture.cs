using System.Collections;

namespace Puzzle.Architectures;

/// <summary>One block per layer, in layer order. Equal when all blocks are equal.</summary>
public sealed class Architecture : IReadOnlyList<BlockConfig>, IEquatable<Architecture>
{
    private readonly BlockConfig[] _blocks;

    /// <summary>Creates an architecture from its blocks.</summary>
    /// <param name="blocks">One block per layer, layer 0 first.</param>
    /// <exception cref="ArgumentException">There is no block.</exception>
    public Architecture(IEnumerable<BlockConfig> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        _blocks = [.. blocks];
        if (_blocks.Length == 0)
            throw new ArgumentException("An architecture has at least one layer.", nameof(blocks));
    }

    /// <summary>Gets the number of layers.</summary>
    public int Count => _blocks.Length;

    /// <summary>Gets a value indicating whether every layer has the same block.</summary>
    public bool IsUniform => _blocks.All(block => block == _blocks[0]);

    /// <summary>Gets the block of a layer.</summary>
    /// <param name="index">The layer, 0-based.</param>
    public BlockConfig this[int index] => _blocks[index];

    /// <summary>Creates an architecture that has the same block in every layer.</summary>
    /// <param name="layers">The number of layers.</param>
    /// <param name="block">The block of each of them.</param>
    public static Architecture Uniform(int layers, BlockConfig block) => new(Enumerable.Repeat(block, layers));

    /// <summary>Creates a copy in which one layer differs.</summary>
    /// <param name="layer">The layer to change.</param>
    /// <param name="block">Its new block.</param>
    public Architecture With(int layer, BlockConfig block)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, Count);
        var blocks = (BlockConfig[])_blocks.Clone();
        blocks[layer] = block;
        return new Architecture(blocks);
    }

    /// <inheritdoc/>
    public IEnumerator<BlockConfig> GetEnumerator() => ((IEnumerable<BlockConfig>)_blocks).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _blocks.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Architecture? other) => other is not null && _blocks.AsSpan().SequenceEqual(other._blocks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Architecture);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (BlockConfig block in _blocks)
            hash.Add(block);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _blocks.Select(block => block.Name));
}
