namespace Puzzle.Reporting;

/// <summary>What one part of a model costs in parent and child.</summary>
/// <param name="Name">Attention, FFN, or embedding and head.</param>
/// <param name="ParentMilliseconds">Its time in a whole request of the parent.</param>
/// <param name="ChildMilliseconds">Its time in the child's.</param>
/// <param name="ParentWeightBytes">The memory of the parent's weights.</param>
/// <param name="ChildWeightBytes">The memory of the child's weights.</param>
/// <param name="ParentKeyValueBytes">The memory of the parent's KV cache.</param>
/// <param name="ChildKeyValueBytes">The memory of the child's KV cache.</param>
public sealed record CostPart(
    string Name, double ParentMilliseconds, double ChildMilliseconds,
    long ParentWeightBytes, long ChildWeightBytes, long ParentKeyValueBytes, long ChildKeyValueBytes);
