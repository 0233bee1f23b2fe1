using Puzzle.Foundation;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Search.Profiling;

/// <summary>Runs torch work that needs no gradients on a thread of its own: scopes, gradient mode and thread counts are per
/// thread.</summary>
internal static class TimingThread
{
    /// <summary>Runs a function in a dispose scope without gradients.</summary>
    /// <param name="threads">The intra-operator threads; torch's current setting if null.</param>
    /// <param name="function">Receives the number of intra-operator threads.</param>
    /// <param name="cancellationToken">Given to the task.</param>
    public static Task<T> RunAsync<T>(int? threads, Func<int, T> function, CancellationToken cancellationToken) =>
        WorkThread.RunAsync(
            () =>
            {
                if (threads is { } count)
                    set_num_threads(count);
                using var scope = NewDisposeScope();
                using var noGradients = no_grad();
                return function(get_num_threads());
            },
            cancellationToken);

    /// <summary>Gives what waits for a device's work to end.</summary>
    /// <param name="device">The device.</param>
    public static Action Synchronizer(Device device) =>
        device.type == DeviceType.CUDA ? () => cuda.synchronize(device) : () => { };
}
