using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;
using Puzzle.Distillation.Training;

namespace Puzzle.Distillation.Global;

/// <summary>How a child is healed by global distillation. The loss is the paper's (section 4.3: cosine + KLD); it gives no optimizer
/// settings, these are ours.</summary>
public sealed class GlobalDistillationOptions : IValidatableObject
{
    /// <summary>Gets or sets the optimizer steps; 0 leaves the child as it is.</summary>
    /// <value>200 by default.</value>
    [Range(0, int.MaxValue)]
    public int Steps { get; set; } = 200;

    /// <summary>Gets or sets the windows of a step.</summary>
    /// <value>8 by default.</value>
    [Range(1, 1 << 20)]
    public int BatchSize { get; set; } = 8;

    /// <summary>Gets or sets the most windows that a worker computes at once; it takes its part of a step in such pieces and sums their
    /// gradients. Less memory, a little slower; part of the result, in its last bits.</summary>
    /// <value>Null by default: a worker's whole part.</value>
    [Range(1, 1 << 20)]
    public int? MicroBatchSize { get; set; }

    /// <summary>Gets or sets a value indicating whether the child's layers run a second time in the backward pass instead of keeping what
    /// it needs: the same result in less memory, about a quarter slower.</summary>
    /// <value>False by default.</value>
    [NotInRecipe("What is computed again is computed by the same operations.")]
    public bool RecomputeActivations { get; set; }

    /// <summary>Gets or sets what forward and backward passes compute in; part of the result.</summary>
    /// <value><see cref="TrainingPrecision.Auto"/> by default.</value>
    [EnumDataType(typeof(TrainingPrecision))]
    public TrainingPrecision Precision { get; set; }

    /// <summary>Gets or sets the peak learning rate.</summary>
    /// <value>1e-3 by default: a tenth less KL divergence than 5e-4 where half is taken away, the same where a third is.</value>
    [Range(1e-9, 10)]
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Gets or sets a value indicating whether the matrices of layers are updated by Muon (Jordan et al., 2024) instead of
    /// AdamW.</summary>
    /// <value>False by default.</value>
    public bool Muon { get; set; }

    /// <summary>Gets or sets the share of the steps that warm up linearly.</summary>
    /// <value>0.05 by default.</value>
    [Range(0, 1)]
    public double WarmupShare { get; set; } = 0.05;

    /// <summary>Gets or sets the decoupled weight decay of matrices.</summary>
    /// <value>0 by default.</value>
    [Range(0, 10)]
    public double WeightDecay { get; set; }

    /// <summary>Gets or sets the largest gradient norm; larger gradients are scaled down.</summary>
    /// <value>1 by default.</value>
    [Range(1e-9, double.MaxValue)]
    public double MaxGradientNorm { get; set; } = 1;

    /// <summary>Gets or sets the weight of the cosine loss: 1 - cos of parent's and child's hidden states, averaged over tokens, summed
    /// over layers.</summary>
    /// <value>1 by default, as in the paper.</value>
    [Range(0, 1e6)]
    public double CosineWeight { get; set; } = 1;

    /// <summary>Gets or sets the weight of KL(parent || child) of the next-token distributions, averaged over tokens.</summary>
    /// <value>1 by default, as in the paper.</value>
    [Range(0, 1e6)]
    public double KlWeight { get; set; } = 1;

    /// <summary>Gets or sets the weight of the next-token loss on the text itself.</summary>
    /// <value>0 by default: the paper found that it hurts (appendix F.3).</value>
    [Range(0, 1e6)]
    public double LanguageModelWeight { get; set; }

    /// <summary>Gets or sets the temperature of both distributions in the KL term, which is multiplied by its square.</summary>
    /// <value>1 by default.</value>
    [Range(0.01, 100)]
    public double Temperature { get; set; } = 1;

    /// <summary>
    /// Gets or sets the windows of the training text that the child is fitted on before the first step: layer by layer on its own inputs,
    /// the matrices that write to the residual stream become those that give the parent's stream best, unless that takes the child
    /// farther from the parent on windows that were not fitted on. Below 32 windows nothing is fitted; below 128 the target is halfway.
    /// Nor is it where norms stand behind subblocks or their output is multiplied.
    /// </summary>
    /// <value>0 by default: no fit.</value>
    [Range(0, int.MaxValue)]
    public int FitWindows { get; set; }

    /// <summary>Gets or sets the steps between held-out evaluations.</summary>
    /// <value>100 by default.</value>
    [Range(1, int.MaxValue)]
    public int EvaluateEvery { get; set; } = 100;

    /// <summary>Gets or sets the most windows of the held-out text that an evaluation looks at, spread over all of it. The parent's outputs
    /// on them are kept.</summary>
    /// <value>64 by default: the mean of their KL is known to a few percent.</value>
    [Range(1, int.MaxValue)]
    public int HeldOutWindows { get; set; } = 64;

    /// <summary>Gets or sets a value indicating whether the child ends with the weights of the evaluation with the lowest held-out loss,
    /// which is KL(parent || child), instead of the last ones.</summary>
    /// <value>True by default; without held-out text it has no effect.</value>
    public bool KeepBest { get; set; } = true;

    /// <summary>Gets or sets the evaluations in a row without a new lowest held-out loss after which training stops.</summary>
    /// <value>Null by default: every step is taken.</value>
    [Range(1, int.MaxValue)]
    public int? Patience { get; set; }

    /// <summary>Gets or sets the time between checkpoints; the last step always writes one, and so does cancellation. No part of the
    /// result.</summary>
    /// <value>10 minutes by default.</value>
    [NotInRecipe("A resumed training equals an uninterrupted one.")]
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets how long the checkpoint may take to be written once a training is canceled; if that is not enough, the one
    /// before stays, and the steps since are lost.</summary>
    /// <value>30 seconds by default, what schedulers give a process that they stop; zero to end at once.</value>
    [NotInRecipe("A resumed training equals an uninterrupted one.")]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan CancellationGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the steps between checkpoints, beside those by time.</summary>
    /// <value>Null by default: by time alone.</value>
    [NotInRecipe("A resumed training equals an uninterrupted one.")]
    [Range(1, int.MaxValue)]
    public int? CheckpointEvery { get; set; }

    /// <summary>Gets or sets the number of workers a batch is cut over, in each process that trains; part of the result, multiplied by the
    /// processes.</summary>
    /// <value>One per processor by default; on a GPU always one.</value>
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CosineWeight == 0 && KlWeight == 0 && LanguageModelWeight == 0)
            yield return new ValidationResult(
                $"{nameof(CosineWeight)}, {nameof(KlWeight)} and {nameof(LanguageModelWeight)} are all zero: nothing would be learned.");
    }
}
