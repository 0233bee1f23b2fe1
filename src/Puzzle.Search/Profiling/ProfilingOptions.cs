using System.ComponentModel.DataAnnotations;
using Puzzle.Measurement;
using TorchSharp;

namespace Puzzle.Search.Profiling;

/// <summary>How times are measured in torch.</summary>
public sealed class ProfilingOptions : TimingOptions
{
    /// <summary>Gets or sets the device; the CPU by default.</summary>
    [AllowedValues(DeviceType.CPU, DeviceType.CUDA)]
    public DeviceType Device { get; set; } = DeviceType.CPU;

    /// <summary>Gets or sets the intra-operator threads; torch's current setting by default.</summary>
    [Range(1, 1024)]
    public int? Threads { get; set; }
}
