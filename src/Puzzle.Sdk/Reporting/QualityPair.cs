using Puzzle.Measurement;

namespace Puzzle.Reporting;

/// <summary>Parent and child evaluated alike, on further text or with quantized weights.</summary>
/// <param name="Parent">The parent.</param>
/// <param name="Child">The child.</param>
public sealed record QualityPair(ModelEvaluation Parent, ModelEvaluation Child);
