using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Distillation;

/// <summary>Blockwise local distillation of every variant of a search space into a library (paper section 3).</summary>
/// <remarks>
/// A request is cut into units, one variant or one pair of a layer each. A unit's result depends on parent, data and options
/// (and on what it starts from) alone: neither on other units nor on the number of workers.
/// </remarks>
/// <param name="Parent">The teacher; not disposed, not changed.</param>
/// <param name="Data">The training text; its first windows also serve as calibration text.</param>
/// <param name="SearchSpace">The alternatives of each layer.</param>
/// <param name="Library">Where variants are stored; those already there under the same recipe are kept.</param>
public sealed record BlockwiseDistillationRequest(
    IdentifiedModel Parent,
    PackedTokenDataset Data,
    SearchSpace SearchSpace,
    IBlockLibrary Library) : DistillationRequest(Parent, Data)
{
    /// <summary>
    /// Gets the pairs to train together, one list per layer (coupled BLD: both halves learn at once and are stored as two
    /// variants that name each other). Null, the default, trains each variant of the search space on its own, beside the
    /// parent's other half (decoupled BLD).
    /// </summary>
    public IReadOnlyList<IReadOnlyList<BlockConfig>>? Pairs { get; init; }

    /// <summary>
    /// Gets the variants that the halves of <see cref="Pairs"/> start from, at most one of a key: the one trained beside the
    /// same partner, else the one without a partner. A half without one starts from the training-free initialization.
    /// </summary>
    public IReadOnlyList<SubblockVariant> Start { get; init; } = [];

    /// <summary>Gets the layers to craft; all by default. Others may be crafted by another process into a library of its own.</summary>
    public Range Layers { get; init; } = Range.All;

    /// <summary>
    /// Gives the second stage of the paper's two-stage recipe (appendix F.1.1): coupled BLD of every pair of a reduced space.
    /// </summary>
    /// <remarks>The paper does not say what the second stage starts from; with the first stage's variants it has less to learn.</remarks>
    /// <param name="reduced">What is left of the space; see <see cref="SearchSpace.Reduce"/>.</param>
    /// <param name="start">What the first stage made.</param>
    public BlockwiseDistillationRequest Coupled(SearchSpace reduced, IReadOnlyList<SubblockVariant> start)
    {
        ArgumentNullException.ThrowIfNull(reduced);
        ArgumentNullException.ThrowIfNull(start);
        return this with
        {
            SearchSpace = reduced,
            Pairs = [.. Enumerable.Range(0, reduced.Layers).Select(layer => (IReadOnlyList<BlockConfig>)[.. reduced.Blocks(layer)])],
            Start = start,
        };
    }
}
