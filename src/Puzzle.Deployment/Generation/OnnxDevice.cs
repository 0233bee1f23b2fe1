namespace Puzzle.Deployment.Generation;

/// <summary>Where ONNX Runtime runs a graph.</summary>
public enum OnnxDevice
{
    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>A CUDA GPU, see <see cref="OnnxSessionOptions.DeviceIndex"/>; the app brings
    /// <c>Microsoft.ML.OnnxRuntime.Gpu</c>. For graphs of 16-bit or brain floats.</summary>
    Cuda,
}
