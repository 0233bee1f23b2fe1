namespace Puzzle.Deployment.Onnx;

/// <summary>Where a tensor lies in the external data.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
internal readonly record struct DataRange(long Offset, long Length);
