using Puzzle.Measurement;

namespace Puzzle.Pipeline;

/// <summary>Writes costs by name.</summary>
internal sealed class CostNameConverter() : NameConverter<CostName>(cost => cost.Value, name => new CostName(name));
