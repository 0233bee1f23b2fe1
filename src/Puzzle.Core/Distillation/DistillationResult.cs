using Puzzle.Library;

namespace Puzzle.Distillation;

/// <summary>What a distillation made.</summary>
/// <param name="Variants">The library variants of the request's search space, parent's own included, in canonical order; empty for global distillation.</param>
/// <param name="Curve">The loss curve; empty for blockwise distillation, whose curves are in the library.</param>
public sealed record DistillationResult(IReadOnlyList<SubblockVariant> Variants, IReadOnlyList<LossRecord> Curve);
