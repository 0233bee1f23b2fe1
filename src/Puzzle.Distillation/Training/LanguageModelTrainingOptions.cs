using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;

namespace Puzzle.Distillation.Training;

/// <summary>How a model is trained on text.</summary>
public sealed class LanguageModelTrainingOptions
{
    /// <summary>Gets or sets the number of optimizer steps.</summary>
    /// <value>1,000 by default.</value>
    [Range(1, int.MaxValue)]
    public int Steps { get; set; } = 1_000;

    /// <summary>Gets or sets the windows of a step.</summary>
    /// <value>16 by default.</value>
    [Range(1, 1 << 20)]
    public int BatchSize { get; set; } = 16;

    /// <summary>Gets or sets the peak learning rate.</summary>
    /// <value>1e-3 by default.</value>
    [Range(1e-9, 10)]
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Gets or sets the steps of linear warmup.</summary>
    /// <value>50 by default.</value>
    [Range(0, int.MaxValue)]
    public int WarmupSteps { get; set; } = 50;

    /// <summary>Gets or sets the last learning rate as a share of the peak, which a cosine leads to; 1 keeps the peak.</summary>
    /// <value>0.1 by default.</value>
    [Range(0, 1)]
    public double FinalLearningRateShare { get; set; } = 0.1;

    /// <summary>Gets or sets a value indicating whether the matrices of layers are updated by Muon (Jordan et al., 2024) instead of
    /// AdamW.</summary>
    /// <value>False by default.</value>
    public bool Muon { get; set; }

    /// <summary>Gets or sets the decoupled weight decay of matrices.</summary>
    /// <value>0.1 by default.</value>
    [Range(0, 10)]
    public double WeightDecay { get; set; } = 0.1;

    /// <summary>Gets or sets the largest gradient norm; larger gradients are scaled down.</summary>
    /// <value>1 by default.</value>
    [Range(1e-9, double.MaxValue)]
    public double MaxGradientNorm { get; set; } = 1;

    /// <summary>Gets or sets the steps between checkpoints.</summary>
    /// <value>100 by default.</value>
    [NotInRecipe("A resumed training equals an uninterrupted one.")]
    [Range(1, int.MaxValue)]
    public int CheckpointEvery { get; set; } = 100;

    /// <summary>Gets or sets the steps between held-out evaluations.</summary>
    /// <value>100 by default.</value>
    [Range(1, int.MaxValue)]
    public int EvaluateEvery { get; set; } = 100;

    /// <summary>Gets or sets the number of workers a batch is cut over; part of the result.</summary>
    /// <value>One per processor by default; on a GPU always one.</value>
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);
}
