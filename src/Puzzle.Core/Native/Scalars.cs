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
    public static readonly Scalar Half = 0.5f.ToScalar();
}
