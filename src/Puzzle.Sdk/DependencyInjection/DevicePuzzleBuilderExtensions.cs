using Microsoft.Extensions.Options;
using Puzzle.Native;
using Puzzle.Search.Profiling;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses where everything computes.</summary>
public static class DevicePuzzleBuilderExtensions
{
    /// <summary>
    /// Computes on a CUDA GPU: the parent is loaded there in brain floats, units, scores and global distillation run there one after the
    /// other (one stream has no use for several threads) in brain floats beside 32-bit weights, what stays in 32 bits uses
    /// TensorFloat-32, and torch's profiler measures there. ONNX Runtime's profiler measures the CPU as before.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="deviceIndex">Which GPU, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative. Whether there is such a GPU is seen when a run
    /// starts.</exception>
    public static IPuzzleBuilder UseCuda(this IPuzzleBuilder builder, int deviceIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviceIndex);
        return builder.UseDevice(FormattableString.Invariant($"cuda:{deviceIndex}"));
    }

    /// <summary>Computes on a device; see <see cref="UseCuda"/> for what a GPU means.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</param>
    /// <exception cref="ArgumentException">The name is none of these.</exception>
    public static IPuzzleBuilder UseDevice(this IPuzzleBuilder builder, string device)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (ComputeDevice.ProblemWith(device) is { } problem)
            throw new ArgumentException(problem, nameof(device));
        return builder.FollowDevice().Options<ComputeOptions>(options => options.Device = device);
    }

    /// <summary>Lets torch's profiler measure where <see cref="ComputeOptions"/> say, unless its own options are set later.</summary>
    internal static IPuzzleBuilder FollowDevice(this IPuzzleBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(Following)))
            return builder;
        builder.Options<ComputeOptions>(null);
        builder.Services.AddSingleton<Following>();
        builder.Services.AddOptions<ProfilingOptions>().Configure<IOptions<ComputeOptions>>((profiling, compute) =>
        {
            if (ComputeDevice.Resolve(compute.Value.Device) is { IsCuda: true } device)
                (profiling.Device, profiling.DeviceIndex) = (device.Type, device.Index);
        });
        return builder;
    }

    private sealed class Following;
}
