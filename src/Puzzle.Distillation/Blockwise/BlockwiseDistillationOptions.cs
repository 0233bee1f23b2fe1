using System.ComponentModel.DataAnnotations;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>How variants are trained against the parent's blocks. The paper gives no optimizer settings (section 3); these are
/// ours.</summary>
public sealed class BlockwiseDistillationOptions : IValidatableObject
{
    /// <summary>Gets or sets the optimizer steps of each unit, a variant or a pair; 0 keeps the training-free initialization.</summary>
    /// <value>48 by default.</value>
    [Range(0, int.MaxValue)]
    public int Steps { get; set; } = 48;

    /// <summary>Gets or sets what variants start from; of the closed form, the recipe of those that it covers names it.</summary>
    /// <value>The closed form by default; the paper has its own start.</value>
    [EnumDataType(typeof(Initialization))]
    public Initialization Initialization { get; set; } = Initialization.ClosedForm;

    /// <summary>Gets or sets the loss.</summary>
    /// <value>The paper's by default.</value>
    [EnumDataType(typeof(BlockwiseLoss))]
    public BlockwiseLoss Loss { get; set; } = BlockwiseLoss.Batch;

    /// <summary>
    /// Gets or sets beside which no-ops of the search space variants are trained as well. Of decoupled BLD: a pair with a no-op is
    /// trained as such anyway. Without steps, FFNs beside no attention are fitted if they have a closed-form start.
    /// </summary>
    /// <value>
    /// <see cref="NoOpPartners.Attention"/> by default: on the default parent an FFN trained beside no attention takes a fifth off
    /// the block's KL for half as much training again; an attention trained beside no FFN takes off a twentieth for as much.
    /// </value>
    [NotInRecipe("It says which variants are made, not how: a variant's partner is part of its key.")]
    [EnumDataType(typeof(NoOpPartners))]
    public NoOpPartners TrainBesideNoOps { get; set; } = NoOpPartners.Attention;

    /// <summary>
    /// Gets or sets a value indicating whether gated FFNs of one layer that differ only in width are trained in one run: sorted channels of
    /// which each width has the first, gate and up projection shared, a down projection for each width. Each step trains one width, whose
    /// loss counts relative to its first. Then down projections of families with closed-form starts are fitted once more, where that is
    /// closer on held-out windows, and each variant is cut out and stored for itself. Of decoupled BLD without variants to start from.
    /// </summary>
    /// <value>False by default: each variant is trained for itself.</value>
    public bool NestedWidths { get; set; }

    /// <summary>Gets or sets the steps of such a run, as a share of those that its variants would take one by one.</summary>
    /// <value>0.5 by default.</value>
    [Range(1e-3, 1)]
    public double NestedShare { get; set; } = 0.5;

    /// <summary>Gets or sets what the forward and backward passes of units compute in; their weights, sums of gradients, moments and losses
    /// are 32-bit floats always. Part of the result.</summary>
    /// <value><see cref="TrainingPrecision.Auto"/> by default: brain floats on CUDA from a hidden size of 128 on, else 32-bit
    /// floats.</value>
    [EnumDataType(typeof(TrainingPrecision))]
    public TrainingPrecision Precision { get; set; }

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

    /// <summary>Gets or sets the windows that channel contributions and closed-form starts are measured on, the first of the training
    /// text.</summary>
    /// <value>32 by default: from there on closed-form starts overfit by less than 1 % of a variant's KL, and 128 take another 2 to 8 % off
    /// FFNs.</value>
    [Range(1, int.MaxValue)]
    public int CalibrationWindows { get; set; } = 32;

    /// <summary>Gets or sets the windows, taken after the training windows, that each variant's held-out loss is measured on, and that
    /// choose between its starts.</summary>
    /// <value>8 by default.</value>
    [Range(0, int.MaxValue)]
    public int HeldOutWindows { get; set; } = 8;

    /// <summary>
    /// Gets or sets a value indicating whether a unit's training ends early when its held-out loss has flattened. Training then
    /// warms up, stays at the peak, and comes down over the last <see cref="DecayShare"/> of <see cref="Steps"/>; when the loss
    /// is flat, it comes down at once. So every unit sees the whole way down, and none takes more than <see cref="Steps"/>.
    /// </summary>
    /// <value>False by default: every unit takes all steps, on a cosine.</value>
    public bool StopWhenFlat { get; set; }

    /// <summary>Gets or sets the steps between measurements of the held-out loss, if <see cref="StopWhenFlat"/>.</summary>
    /// <value>8 by default.</value>
    [Range(1, int.MaxValue)]
    public int CheckEvery { get; set; } = 8;

    /// <summary>Gets or sets the measurements in a row without improvement after which a loss is flat.</summary>
    /// <value>2 by default.</value>
    [Range(1, int.MaxValue)]
    public int Patience { get; set; } = 2;

    /// <summary>Gets or sets what counts as improvement: a loss lower than the best before by more than this share of it.</summary>
    /// <value>0.01 by default.</value>
    [Range(0, 1)]
    public double FlatTolerance { get; set; } = 0.01;

    /// <summary>Gets or sets the share of <see cref="Steps"/> over which the learning rate comes down, if
    /// <see cref="StopWhenFlat"/>.</summary>
    /// <value>0.25 by default.</value>
    [Range(0, 1)]
    public double DecayShare { get; set; } = 0.25;

    /// <summary>Gets or sets the number of variants trained side by side; results do not depend on it.</summary>
    /// <value>One per processor by default; on a GPU always one.</value>
    [NotInRecipe("A variant is trained on one thread, whatever others run beside it.")]
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>
    /// Gets or sets the most bytes of a resident parent's activations: three streams (before, within and after a layer) of the hidden size
    /// for every token of the training and held-out text, in <see cref="ActivationType"/>. Of longer text each layer's units see one part
    /// after the other: the same result in memory that does not grow with the text, for the parent running up to the layer once more per
    /// layer. All units of the layer then stay in memory, at 16 to 20 bytes a weight.
    /// </summary>
    /// <value>4 GiB by default: 349,525 tokens at a hidden size of 1,024.</value>
    [Range(1, long.MaxValue)]
    [NotInRecipe("Units see the same batches in the same order, at once or in parts.")]
    public long MaxActivationBytes { get; set; } = 4L << 30;

    /// <summary>Gets or sets what the parent's residual stream is rounded to between subblocks, in memory and on disk:
    /// <see cref="ElementType.Float32"/> or <see cref="ElementType.BFloat16"/>, which takes half the space.</summary>
    /// <value>Null by default: <see cref="ElementType.BFloat16"/> for a streamed parent, else the parent's own type, of 16 bits
    /// <see cref="ElementType.BFloat16"/>.</value>
    [AllowedValues(null, ElementType.Float32, ElementType.BFloat16)]
    public ElementType? ActivationType { get; set; }

    /// <summary>Gets a value indicating whether held-out windows are set aside: for training, or for the choice of starts.</summary>
    internal bool NeedsHeldOut => Steps > 0 || Initialization == Initialization.ClosedForm;

    /// <summary>Gives the type that the parent's residual stream is rounded to.</summary>
    internal ScalarType ActivationTypeFor(CausalLanguageModel parent) => ActivationType switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.BFloat16 => ScalarType.BFloat16,
        _ => parent.IsStreamed || parent.ElementType != ScalarType.Float32 ? ScalarType.BFloat16 : ScalarType.Float32,
    };

    /// <summary>Gets the batches that starts are measured on.</summary>
    internal int CalibrationBatches => Math.Max(1, CalibrationWindows / BatchSize);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StopWhenFlat && HeldOutWindows == 0)
            yield return new ValidationResult(
                $"{nameof(StopWhenFlat)} needs held-out windows; {nameof(HeldOutWindows)} is 0.", [nameof(HeldOutWindows)]);
    }
}
