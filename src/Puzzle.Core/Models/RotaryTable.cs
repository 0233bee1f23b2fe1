using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Cosines and signed sines at some positions, ready to rotate queries and keys; of several rotary embeddings where a model has
/// them.</summary>
/// <param name="Cosine">[T, R], R being the dimensions of a head that rotate.</param>
/// <param name="SignedSine">[T, R]; the first half is negated, so that a rotation is x * cos + roll(x, R / 2) * sin.</param>
/// <param name="Offset">The position of the first token.</param>
public sealed record RotaryTable(Tensor Cosine, Tensor SignedSine, int Offset) : IDisposable
{
    /// <summary>Gets the tables of the model's other rotary embeddings, from number 1 on.</summary>
    public IReadOnlyList<RotaryTable> Others { get; init; } = [];

    /// <summary>Gives the table of one of the model's rotary embeddings.</summary>
    /// <param name="rotary">Its number; 0 is this table itself.</param>
    public RotaryTable ForRotary(int rotary) => rotary == 0 ? this : Others[rotary - 1];

    /// <summary>Disposes the views, not the model's tables.</summary>
    public void Dispose()
    {
        Cosine.Dispose();
        SignedSine.Dispose();
        foreach (RotaryTable other in Others)
            other.Dispose();
    }

    /// <summary>Rotates each head's vector by its position.</summary>
    /// <param name="heads">[B, N, T, H]; dimensions from R on stay as they are.</param>
    internal Tensor Rotate(Tensor heads)
    {
        long size = Cosine.size(-1), rest = heads.size(-1) - size;
        if (rest == 0)
            return RotateAll(heads, size / 2);
        return cat([RotateAll(heads.narrow(-1, 0, size), size / 2), heads.narrow(-1, size, rest)], -1);
    }

    private Tensor RotateAll(Tensor heads, long half) => heads.mul(Cosine).addcmul(heads.roll(half, -1), SignedSine, Native.Scalars.One);
}
