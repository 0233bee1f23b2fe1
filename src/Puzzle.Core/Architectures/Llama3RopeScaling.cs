namespace Puzzle.Architectures;

/// <summary>Llama 3's rotary frequency scaling (<c>rope_type: llama3</c>): low frequencies are divided, high ones kept, those between
/// blended.</summary>
/// <param name="Factor">What low frequencies are divided by.</param>
/// <param name="LowFrequencyFactor">Wavelengths above original length / this are scaled in full.</param>
/// <param name="HighFrequencyFactor">Wavelengths below original length / this are kept.</param>
/// <param name="OriginalMaxPositions">The context length the parent was first trained with, in tokens.</param>
public sealed record Llama3RopeScaling(
    double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions) : RopeScaling;
