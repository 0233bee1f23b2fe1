namespace Puzzle.Architectures;

/// <summary>What a gated FFN does to gate and up before the down projection.</summary>
public enum Activation
{
    /// <summary>silu(gate) * up, where silu(x) = x * sigmoid(x).</summary>
    Silu,

    /// <summary>gelu(gate) * up, with GELU in its tanh form: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))).</summary>
    TanhGelu,

    /// <summary>
    /// g * sigmoid(slope * g) * (u + 1), where g is the gate, at most the limit, and u is up, between minus limit and limit;
    /// see <see cref="FfnFeatures.SwishSlope"/> and <see cref="FfnFeatures.ClampLimit"/>.
    /// </summary>
    ClampedSwish,
}
