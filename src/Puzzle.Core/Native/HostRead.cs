using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>
/// Reads numbers of a device. Loops read in no other way, because each read waits until the device has done all it was given: at most one
/// a step, and tests count them by place.
/// </summary>
internal static class HostRead
{
    private static readonly AsyncLocal<Action<string>?> Watcher = new();

    /// <summary>Tells a watcher the place of every read until it is disposed, on this thread and those that work for it.</summary>
    public static IDisposable Watch(Action<string> read)
    {
        Watcher.Value = read;
        return new Watching();
    }

    /// <summary>Reads scalars of one device in one go.</summary>
    /// <param name="place">Where, for those who count.</param>
    /// <param name="scalars">Tensors of one element; whole numbers up to 2^53.</param>
    public static double[] Scalars(string place, params IReadOnlyList<Tensor> scalars)
    {
        if (scalars.Count == 0)
            return [];
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        return Numbers(place, stack(scalars.Select(scalar => scalar.detach().to(ScalarType.Float64).reshape([]))));
    }

    /// <summary>Reads a tensor in one go, in the order of its elements.</summary>
    /// <param name="place">Where, for those who count.</param>
    /// <param name="tensor">Any shape; whole numbers up to 2^53.</param>
    public static double[] Numbers(string place, Tensor tensor)
    {
        Watcher.Value?.Invoke(place);
        // Tests run loops on the device without numbers: there is nothing to wait for.
        if (tensor.is_meta)
            return [.. Enumerable.Repeat(1.0, (int)tensor.numel())];
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    private sealed class Watching : IDisposable
    {
        public void Dispose() => Watcher.Value = null;
    }
}
