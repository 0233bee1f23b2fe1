namespace Puzzle.Distillation.Training;

/// <summary>The numbers that forward and backward passes compute in. Weights, sums of gradients, moments and losses are 32-bit floats always.</summary>
public enum TrainingPrecision
{
    /// <summary>Brain floats where the device multiplies them fast and the model is large enough to gain from it, else 32-bit floats.</summary>
    Auto,

    /// <summary>32-bit floats.</summary>
    Float32,

    /// <summary>Brain floats of 16 bits: copies of the weights, made anew from the 32-bit ones before every step.</summary>
    BFloat16,
}
