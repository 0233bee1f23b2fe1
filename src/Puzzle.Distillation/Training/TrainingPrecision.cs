namespace Puzzle.Distillation.Training;

/// <summary>The numbers that forward and backward passes compute in. Weights, sums of gradients, moments and losses are 32-bit floats
/// always.</summary>
public enum TrainingPrecision
{
    /// <summary>Brain floats where they are faster: on CUDA and on processors with AVX-512 BF16 or AMX (told on Linux), from a hidden size
    /// of 128 on. Else 32-bit floats.</summary>
    Auto,

    /// <summary>32-bit floats.</summary>
    Float32,

    /// <summary>Brain floats of 16 bits: copies of the weights, made anew from the 32-bit ones before every step.</summary>
    BFloat16,
}
