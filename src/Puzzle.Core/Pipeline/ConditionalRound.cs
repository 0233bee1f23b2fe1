using Puzzle.Library;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>An architecture that a search around the best one chose, and what the whole model scores.</summary>
/// <param name="Result">The solver's answer. Its objective is the predicted score of the whole model; in the first round the sum of
/// replace-1-block scores.</param>
/// <param name="Blocks">The chosen blocks, layer 0 first.</param>
/// <param name="Measured">The whole model's measured score, as the score of its last block beside all others.</param>
/// <param name="Objective">The objective of the measured score.</param>
public sealed record ConditionalRound(SearchResult Result, IReadOnlyList<BlockVariant> Blocks, BlockScore Measured, double Objective)
{
    /// <summary>Gets how many candidates were scored again around this architecture; 0 where it was not the best when it was
    /// measured.</summary>
    public int Rescored { get; internal set; }
}
