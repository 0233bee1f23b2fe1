using TorchSharp;

namespace Puzzle.Native;

/// <summary>
/// Scalars that live as long as the process. torch's implicit conversions make a scalar that the collector may
/// finalize while the native call still reads it, so every number handed to torch is cached or held by the caller.
/// </summary>
internal static class Scalars
{
    public static readonly Scalar Zero = 0f.ToScalar();
    public static readonly Scalar One = 1f.ToScalar();
    public static readonly Scalar MinusOne = (-1f).ToScalar();
    /// <summary>What divisors are kept above, where zero divided by zero is to be zero: its square and its inverse are 64-bit numbers
    /// too.</summary>
    public static readonly Scalar Tiny = 1e-150.ToScalar();

    public static readonly Scalar Half = 0.5f.ToScalar();
    public static readonly Scalar MinusInfinity = float.NegativeInfinity.ToScalar();
}
