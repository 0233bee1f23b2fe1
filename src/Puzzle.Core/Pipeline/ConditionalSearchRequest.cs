using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search;
using Puzzle.Text;

namespace Puzzle.Pipeline;

/// <summary>A search whose scores are to be measured again around the architectures it finds.</summary>
/// <param name="Parent">The parent; not disposed, not changed.</param>
/// <param name="Library">Where weights are and scores are kept.</param>
/// <param name="Candidates">The blocks of each layer, layer 0 first.</param>
/// <param name="Problem">The search problem made of them: a variant per candidate, in the same order.</param>
/// <param name="Objective">What the problem's scores are.</param>
/// <param name="Data">The text to score on.</param>
public sealed record ConditionalSearchRequest(
    CausalLanguageModel Parent,
    IBlockLibrary Library,
    IReadOnlyList<IReadOnlyList<BlockVariant>> Candidates,
    SearchProblem Problem,
    ScoreObjective Objective,
    PackedTokenDataset Data);
