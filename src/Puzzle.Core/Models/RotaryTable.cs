using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Cosines and signed sines at some positions, ready to rotate queries and keys.</summary>
/// <param name="Cosine">[T, H]</param>
/// <param name="SignedSine">[T, H]; the first half is negated, so that a rotation is x * cos + roll(x, H / 2) * sin.</param>
/// <param name="Offset">The position of the first token.</param>
public sealed record RotaryTable(Tensor Cosine, Tensor SignedSine, int Offset)
{

    /// <summary>Rotates each head's vector by its position.</summary>
    /// <param name="heads">[B, N, T, H]</param>
    internal Tensor Rotate(Tensor heads)
    {
        long half = heads.size(-1) / 2;
        return heads.mul(Cosine).addcmul(heads.roll(half, -1), SignedSine, Native.Scalars.One);
    }
}
