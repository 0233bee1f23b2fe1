using Puzzle.Distillation;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>Who does what in a run.</summary>
internal sealed record PipelineRoles(
    IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult> Blockwise,
    IDistiller<GlobalDistillationRequest, GlobalDistillationResult> Global,
    IBlockScorer Scorer,
    IThroughputProfiler Profiler,
    IArchitectureSolver Solver);
