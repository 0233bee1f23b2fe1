using Puzzle.Architectures;

namespace Puzzle.Sizing;

/// <summary>What a unit of blockwise distillation trains.</summary>
/// <param name="Block">Its block.</param>
/// <param name="MakesAttention">Whether the attention is trained.</param>
/// <param name="MakesFfn">Whether the FFN is trained.</param>
/// <param name="Parameters">The weights that are trained.</param>
internal readonly record struct UnitHalves(BlockConfig Block, bool MakesAttention, bool MakesFfn, long Parameters);
