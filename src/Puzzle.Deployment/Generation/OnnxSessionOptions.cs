using System.ComponentModel.DataAnnotations;

namespace Puzzle.Deployment.Generation;

/// <summary>Where and how ONNX Runtime runs a graph.</summary>
public sealed record OnnxSessionOptions
{
    /// <summary>Gets the device; the CPU by default.</summary>
    [EnumDataType(typeof(OnnxDevice))]
    public OnnxDevice Device { get; init; }

    /// <summary>Gets the threads that compute one operator; ONNX Runtime's choice, one for each physical core, by default.</summary>
    [Range(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>
    /// Gets a value indicating whether waiting threads spin; false by default. Spinning is 2 to 20 % faster on a quiet machine and slower
    /// than a
    /// single thread on a busy one.
    /// </summary>
    public bool Spin { get; init; }
}
