using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Gives access to a tensor's memory, which TorchSharp shows at most 2 GB of at a time.</summary>
internal static class TensorBytes
{
    /// <summary>Cuts a tensor into parts whose <c>bytes</c> are accessible, in order.</summary>
    /// <param name="tensor">Contiguous, on the CPU. The parts are views of it.</param>
    /// <param name="partBytes">The most bytes of one part; 1 GiB by default.</param>
    /// <returns>Each part and its offset in bytes. Call inside a dispose scope: it owns the parts.</returns>
    public static List<(Tensor Part, long Offset)> Parts(Tensor tensor, long partBytes = 1L << 30)
    {
        long count = tensor.numel();
        int size = TensorTypes.ElementBytes(tensor.dtype);
        if (count == 0)
            return [];
        if (count <= partBytes / size)
            return [(tensor, 0)];
        var parts = new List<(Tensor, long)>();
        Tensor flat = tensor.view(-1);
        for (long start = 0, length; start < count; start += length)
        {
            length = Math.Min(partBytes / size, count - start);
            parts.Add((flat.narrow(0, start, length), start * size));
        }
        return parts;
    }
}
