namespace Puzzle.Planning;

/// <summary>What a part of the parent costs under the workload.</summary>
/// <param name="Name">Attention, FFN, or embedding and head.</param>
/// <param name="Milliseconds">Its time in a whole request, measured shortly.</param>
/// <param name="WeightBytes">The memory of its weights.</param>
/// <param name="KeyValueBytes">The memory of its KV cache.</param>
public sealed record PlannedCost(string Name, double Milliseconds, long WeightBytes, long KeyValueBytes);
