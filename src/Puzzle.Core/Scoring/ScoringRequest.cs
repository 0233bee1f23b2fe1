using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Scoring;

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
    /// <summary>Gets what the candidates cost, for scorers that spend less on candidates that no target would choose; null by
    /// default.</summary>
    public CostTable? Costs { get; init; }

    /// <summary>
    /// Gets the model that candidates are put into, one block per layer in order; null, the default, for the parent itself. A
    /// score beside other blocks than the parent's is another score, with another fingerprint.
    /// </summary>
    public IReadOnlyList<BlockVariant>? Beside { get; init; }
}
