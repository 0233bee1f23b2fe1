using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Distillation;

/// <summary>What every distillation needs.</summary>
/// <param name="Parent">The teacher; not disposed, not changed.</param>
/// <param name="Data">The training text.</param>
public abstract record DistillationRequest(IdentifiedModel Parent, PackedTokenDataset Data);
