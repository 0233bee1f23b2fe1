using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Fusion;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>An architecture that a solver chose, and what became of it.</summary>
/// <param name="Name"><c>child</c>, or the baseline's name.</param>
/// <param name="Result">The solver's answer.</param>
/// <param name="Architecture">The chosen blocks.</param>
/// <param name="Blocks">The library variants it is assembled from.</param>
/// <param name="PredictedCost">The sum of its profiled costs.</param>
/// <param name="Folder">Its checkpoint folder.</param>
/// <param name="Assembled">Its quality as assembled from the library.</param>
/// <param name="Uptrained">Its quality after global distillation; null if it was not uptrained.</param>
public sealed record PuzzleCandidate(
    string Name,
    SearchResult Result,
    Architecture Architecture,
    IReadOnlyList<BlockVariant> Blocks,
    BlockCost PredictedCost,
    string Folder,
    ModelEvaluation Assembled,
    ModelEvaluation? Uptrained)
{
    /// <summary>Gets its final quality.</summary>
    public ModelEvaluation Final => Uptrained ?? Assembled;

    /// <summary>Gets the losses of its global distillation; empty if there was none.</summary>
    public IReadOnlyList<LossRecord> HealingCurve { get; init; } = [];

    /// <summary>Gets what a fit in sequence did before its global distillation; null if there was none.</summary>
    public SequentialFit? Fit { get; init; }

    /// <summary>Gets which of its FFNs were fused before it was healed, and what was measured for that; null if
    /// <see cref="PuzzleOptions.FuseFfns"/> is off.</summary>
    public FusedFfns? Fusion { get; init; }

    /// <summary>Gets the architecture of what <see cref="Folder"/> holds: the chosen one, with fused FFNs if there are some.</summary>
    public Architecture SavedArchitecture => Fusion?.ArchitectureOf(Architecture) ?? Architecture;

    /// <summary>Gets the losses of its variants' blockwise distillation, by variant; without those that were not trained.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<LossRecord>> VariantCurves { get; init; } =
        new Dictionary<string, IReadOnlyList<LossRecord>>();
}
