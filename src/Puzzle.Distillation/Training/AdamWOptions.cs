namespace Puzzle.Distillation.Training;

/// <summary>The constants of AdamW.</summary>
/// <param name="Beta1">Decay of the first moment; 0.9 by default.</param>
/// <param name="Beta2">Decay of the second moment; 0.95 by default.</param>
/// <param name="Epsilon">Added to the root of the second moment; 1e-8 by default.</param>
/// <param name="WeightDecay">Decoupled decay of matrices (vectors are not decayed); 0.1 by default.</param>
internal sealed record AdamWOptions(double Beta1 = 0.9, double Beta2 = 0.95, double Epsilon = 1e-8, double WeightDecay = 0.1);
