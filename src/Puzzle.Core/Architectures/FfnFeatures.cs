namespace Puzzle.Architectures;

/// <summary>How all FFNs of a model compute, dense ones and experts alike. The default is SwiGLU without biases.</summary>
public sealed record FfnFeatures
{
    /// <summary>The slope of <see cref="Activation.ClampedSwish"/>'s sigmoid where a config names none: x * sigmoid(1.702 x) is close to
    /// GELU.</summary>
    public const double DefaultSwishSlope = 1.702;

    /// <summary>The limit of <see cref="Activation.ClampedSwish"/> where a config names none, as gpt-oss has it.</summary>
    public const double DefaultClampLimit = 7;

    /// <summary>Gets the activation; <see cref="Activation.Silu"/> by default.</summary>
    public Activation Activation { get; init; }

    /// <summary>Gets the slope of <see cref="Activation.ClampedSwish"/>; others have none.</summary>
    public double SwishSlope { get; init; } = DefaultSwishSlope;

    /// <summary>Gets the limit of <see cref="Activation.ClampedSwish"/>; others have none.</summary>
    public double ClampLimit { get; init; } = DefaultClampLimit;

    /// <summary>Gets a value indicating whether the gate, up and down projections have biases, those of experts too.</summary>
    public bool Bias { get; init; }

    /// <summary>Gets a value indicating whether the router of a mixture of experts has a bias.</summary>
    public bool RouterBias { get; init; }

    /// <summary>
    /// Gets a value indicating whether a token's weights are the softmax over the experts it is sent to, which is the same as the softmax
    /// over all experts scaled to a sum of one; if false, they are the softmax over all experts as it is. True by default.
    /// </summary>
    public bool NormalizeExpertWeights { get; init; } = true;
}
