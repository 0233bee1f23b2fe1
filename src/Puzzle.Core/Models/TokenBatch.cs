using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Turns token windows into id tensors, [B, T], 64-bit integers.</summary>
internal static class TokenBatch
{
    /// <summary>Gives the batch of a step in the dataset's visiting order.</summary>
    public static Tensor OfStep(PackedTokenDataset data, long step, int batchSize, Device device) =>
        OfWindows(data, data.WindowsOf(step, batchSize), device);

    /// <summary>Gives some windows.</summary>
    public static Tensor OfWindows(PackedTokenDataset data, ReadOnlySpan<int> windows, Device device)
    {
        var ids = new long[windows.Length * data.SequenceLength];
        for (int row = 0; row < windows.Length; row++)
        {
            ReadOnlySpan<int> window = data[windows[row]];
            for (int i = 0; i < window.Length; i++)
                ids[(row * data.SequenceLength) + i] = window[i];
        }
        return tensor(ids, [windows.Length, data.SequenceLength], device: device);
    }
}
