using Puzzle.Text;
using TorchSharp;
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
        if (device.type != DeviceType.CUDA)
            return tensor(ids, [windows.Length, data.SequenceLength], device: device);
        // From pinned memory the copy runs beside the kernels before it; torch keeps the memory until it is done.
        using var scope = NewDisposeScope();
        return tensor(ids, [windows.Length, data.SequenceLength]).pin_memory().to(device, non_blocking: true).MoveToOuterDisposeScope();
    }
}
