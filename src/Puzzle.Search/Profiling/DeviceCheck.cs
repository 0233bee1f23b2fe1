using Microsoft.Extensions.Options;
using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Search.Profiling;

/// <summary>Finds out at a host's start that the device to profile is not there.</summary>
internal sealed class DeviceCheck : IValidateOptions<ProfilingOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ProfilingOptions options)
    {
        if (options.Device != DeviceType.CUDA)
            return ValidateOptionsResult.Success;
        try
        {
            TorchRuntime.Initialize();
            return torch.cuda.is_available()
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"{nameof(options.Device)} is {options.Device}, which this torch does not have: reference "
                    + "TorchSharp-cuda-linux or TorchSharp-cuda-windows instead of TorchSharp-cpu, or set PUZZLE_LIBTORCH to an installed "
                    + "CUDA torch's lib folder.");
        }
        catch (DllNotFoundException missing)
        {
            return ValidateOptionsResult.Fail(missing.Message);
        }
    }
}
