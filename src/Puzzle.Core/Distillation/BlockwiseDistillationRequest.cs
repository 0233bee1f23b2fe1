using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Distillation;

/// <summary>Blockwise local distillation of every variant of a search space into a library (paper section 3).</summary>
/// <param name="Parent">The teacher; not disposed, not changed.</param>
/// <param name="ParentFingerprint">The parent's identity.</param>
/// <param name="Data">The training text; its first windows also serve as calibration text.</param>
/// <param name="SearchSpace">The alternatives of each layer.</param>
/// <param name="Library">Where variants are stored; those already there under the same recipe are kept.</param>
public sealed record BlockwiseDistillationRequest(
    CausalLanguageModel Parent,
    string ParentFingerprint,
    PackedTokenDataset Data,
    SearchSpace SearchSpace,
    IBlockLibrary Library) : DistillationRequest(Parent, ParentFingerprint, Data);
