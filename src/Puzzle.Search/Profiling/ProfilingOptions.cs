using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Search.Profiling;

/// <summary>How times are measured in torch.</summary>
public sealed class ProfilingOptions : TimingOptions
{
    /// <summary>Gets or sets the device; the CPU by default.</summary>
    [AllowedValues(DeviceType.CPU, DeviceType.CUDA)]
    public DeviceType Device { get; set; } = DeviceType.CPU;

    /// <summary>Gets or sets which of the CUDA GPUs, 0-based; 0 by default.</summary>
    [NotInRecipe("A recipe names the GPU's model, which is what times depend on.")]
    [Range(0, 1023)]
    public int DeviceIndex { get; set; }

    /// <summary>Gets or sets the intra-operator threads; torch's current setting by default.</summary>
    [Range(1, 1024)]
    public int? Threads { get; set; }

    /// <summary>Gets the device for torch.</summary>
    internal torch.Device TorchDevice => new ComputeDevice(Device, DeviceIndex).Torch;
}
