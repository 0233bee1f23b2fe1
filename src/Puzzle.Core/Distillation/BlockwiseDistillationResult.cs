using Puzzle.Library;

namespace Puzzle.Distillation;

/// <summary>What a blockwise distillation made. Loss curves are in the library.</summary>
/// <param name="Variants">The library variants of the request, parent's own included, layer by layer, to be composed by
/// <see cref="BlockComposition"/>.</param>
public sealed record BlockwiseDistillationResult(IReadOnlyList<SubblockVariant> Variants)
{
    /// <summary>Gets the optimizer steps that all units of the request may take together.</summary>
    public long StepsPlanned { get; init; }

    /// <summary>Gets the optimizer steps they took, in this run or an earlier one: fewer than planned where training stopped
    /// early.</summary>
    public long StepsTaken { get; init; }
}
