using System.ComponentModel.DataAnnotations;
using Puzzle.Measurement;

namespace Puzzle.Distillation.Blockwise;

/// <summary>How variants are trained against the parent's blocks. The paper gives no optimiser settings (section 3); these are ours.</summary>
public sealed class BlockwiseDistillationOptions
{
    /// <summary>Gets or sets the optimizer steps of each variant; 0 keeps the training-free initialisation.</summary>
    /// <value>48 by default.</value>
    [Range(0, int.MaxValue)]
    public int Steps { get; set; } = 48;

    /// <summary>Gets or sets the windows of a step.</summary>
    /// <value>4 by default.</value>
    [Range(1, 1 << 20)]
    public int BatchSize { get; set; } = 4;

    /// <summary>Gets or sets the peak learning rate.</summary>
    /// <value>1e-3 by default.</value>
    [Range(1e-9, 10)]
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Gets or sets the share of the steps that warm up linearly.</summary>
    /// <value>0.05 by default.</value>
    [Range(0, 1)]
    public double WarmupShare { get; set; } = 0.05;

    /// <summary>Gets or sets the decoupled weight decay of matrices.</summary>
    /// <value>0 by default: the variant starts from the parent and must stay near it.</value>
    [Range(0, 10)]
    public double WeightDecay { get; set; }

    /// <summary>Gets or sets the largest gradient norm; larger gradients are scaled down.</summary>
    /// <value>1 by default.</value>
    [Range(1e-9, double.MaxValue)]
    public double MaxGradientNorm { get; set; } = 1;

    /// <summary>Gets or sets the windows that channel contributions are measured on, the first of the training text.</summary>
    /// <value>32 by default.</value>
    [Range(1, int.MaxValue)]
    public int CalibrationWindows { get; set; } = 32;

    /// <summary>Gets or sets the windows, taken after the training windows, that each variant's held-out loss is measured on.</summary>
    /// <value>8 by default.</value>
    [Range(0, int.MaxValue)]
    public int HeldOutWindows { get; set; } = 8;

    /// <summary>Gets or sets the number of variants trained side by side; results do not depend on it.</summary>
    /// <value>One per processor by default.</value>
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Gets or sets what the parent's residual stream is rounded to between subblocks, in memory and on disk: <see cref="ElementType.Float32"/> or <see cref="ElementType.BFloat16"/>, which takes half the space.</summary>
    /// <value>Null by default: <see cref="ElementType.BFloat16"/> for a streamed parent, else the parent's own type.</value>
    [AllowedValues(null, ElementType.Float32, ElementType.BFloat16)]
    public ElementType? ActivationType { get; set; }
}
