using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Checks token ids before native code does, whose exceptions do not say what is wrong and on a GPU end the process.</summary>
internal static class TokenIds
{
    /// <exception cref="ArgumentException">They are no [B, T] of 64-bit integers with at least one token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is outside the vocabulary.</exception>
    public static void Require(Tensor ids, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.dtype != ScalarType.Int64 || ids.dim() != 2 || ids.numel() == 0)
            throw new ArgumentException(
                $"The token ids are {ids.dtype} of shape [{string.Join(", ", ids.shape)}]; expected Int64 of shape [B, T], at least one.",
                nameof(ids));
        using var scope = NewDisposeScope();
        (Tensor least, Tensor most) = ids.aminmax();
        double[] ends = HostRead.Scalars("token ids", least, most);
        (long first, long last) = ((long)ends[0], (long)ends[1]);
        if (first < 0 || last >= vocabulary)
            throw new ArgumentOutOfRangeException(
                nameof(ids), first < 0 ? first : last, $"A token id is not in the vocabulary of {vocabulary} tokens.");
    }
}
