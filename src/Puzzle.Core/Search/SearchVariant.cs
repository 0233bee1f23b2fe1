using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>One alternative for a layer, or for a run of layers, with what it harms and what it costs.</summary>
/// <param name="Name">Its name, unique in its layer, for example <c>gqa-4/704</c>.</param>
/// <param name="Score">Its replace-1-block score.</param>
/// <param name="Costs">Its costs, none negative.</param>
public sealed record SearchVariant(string Name, double Score, IReadOnlyDictionary<CostName, double> Costs)
{
    /// <summary>Gets a value indicating whether this is the parent's own block.</summary>
    public bool IsParent { get; init; }

    /// <summary>Gets the number of layers this variant stands for, its own first; 1 by default, more for merged layers.</summary>
    public int Span { get; init; } = 1;

    /// <summary>Gets the block, when it is known; restrictions on widths need it.</summary>
    public BlockConfig? Block { get; init; }
}
