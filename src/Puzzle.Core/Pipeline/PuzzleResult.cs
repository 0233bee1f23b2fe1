using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>What a run found.</summary>
/// <param name="Problem">The search problem: every variant with its score and costs, and the bounds, corrected if the measured child missed
/// a first search's.</param>
/// <param name="Search">The solver's answer for the target; if infeasible it says what could be reached, and there is no child. The child's
/// own answer is another where another finalist won.</param>
/// <param name="Costs">The profiled costs.</param>
/// <param name="Parent">The parent's quality on the held-out text.</param>
/// <param name="Child">The child; null if the target is infeasible.</param>
/// <param name="Baselines">The baselines that found an architecture.</param>
public sealed record PuzzleResult(
    SearchProblem Problem,
    SearchResult Search,
    CostTable Costs,
    ModelEvaluation Parent,
    PuzzleCandidate? Child,
    IReadOnlyList<PuzzleCandidate> Baselines)
{
    /// <summary>Gets every alternative with all its metrics and costs, for further searches.</summary>
    public required ScoredLibrary Library { get; init; }

    /// <summary>Gets the chosen architectures that were measured whole, the child's last; empty if the target bounds no time, no model
    /// could be run, or <see cref="PuzzleOptions.SpeedCorrections"/> is 0.</summary>
    public IReadOnlyList<SpeedCheck> SpeedChecks { get; init; } = [];

    /// <summary>Gets the near-optimal architectures that were tried whole, the search's own answer first; empty if
    /// <see cref="PuzzleOptions.Finalists"/> is 1 or the search found no second.</summary>
    public IReadOnlyList<Finalist> Finalists { get; init; } = [];

    /// <summary>Gets parent, child and baselines by name as they were measured whole, side by side, after the run; empty if nothing
    /// measured them.</summary>
    public IReadOnlyList<ModelThroughput> Speeds { get; init; } = [];

    /// <summary>Gets the parent's architecture.</summary>
    public Architecture ParentArchitecture => new(Problem.Layers.Select(variants => variants.First(variant => variant.IsParent).Block!));

    /// <summary>Gets the sum of the parent's profiled costs.</summary>
    public BlockCost ParentCost => Costs.Total(ParentArchitecture);

    /// <summary>Gets the result as tables: the child layer by layer, and the comparison with parent and baselines; none without a
    /// child.</summary>
    public IReadOnlyList<ResultTable> Tables => ResultTableFactory.Create(this);

    /// <summary>Gives the tables as text, or why there is no child.</summary>
    public override string ToString() => Child is null
        ? $"The target cannot be met. {Search.Infeasibility?.Explanation ?? Search.Status.ToString()}"
        : string.Join(Environment.NewLine, Tables);
}
