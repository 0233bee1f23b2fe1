using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Measurement;

/// <summary>What to score.</summary>
/// <param name="Parent">The parent; not disposed, not changed.</param>
/// <param name="Library">Where the candidates' weights are and known scores are kept.</param>
/// <param name="Candidates">Blocks to put in, one at a time.</param>
/// <param name="Data">The text to score on.</param>
public sealed record ScoringRequest(
    CausalLanguageModel Parent,
    IBlockLibrary Library,
    IReadOnlyList<BlockVariant> Candidates,
    PackedTokenDataset Data)
{
    /// <summary>Gets what the candidates cost, for scorers that spend less on candidates that no target would choose; null by default.</summary>
    public CostTable? Costs { get; init; }
}
