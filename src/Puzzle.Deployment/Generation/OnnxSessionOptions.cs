using System.ComponentModel.DataAnnotations;

namespace Puzzle.Deployment.Generation;

/// <summary>Where and how ONNX Runtime runs a graph.</summary>
public sealed class OnnxSessionOptions
{
    /// <summary>Gets or sets the device; the CPU by default.</summary>
    [EnumDataType(typeof(OnnxDevice))]
    public OnnxDevice Device { get; set; }

    /// <summary>Gets or sets which of the CUDA GPUs, 0-based; 0 by default.</summary>
    [Range(0, 1023)]
    public int DeviceIndex { get; set; }

    /// <summary>Gets or sets the threads that compute one operator; by default ONNX Runtime's choice, one for each physical core.</summary>
    [Range(1, 1024)]
    public int? Threads { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether waiting threads spin; false by default. Spinning is 2 to 20 % faster on a quiet machine and
    /// slower than a single thread on a busy one.
    /// </summary>
    public bool Spin { get; set; }
}
