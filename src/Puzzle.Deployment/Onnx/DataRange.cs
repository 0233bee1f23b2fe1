namespace Puzzle.Deployment.Onnx;

/// <summary>Where a tensor lies in the external data.</summary>
/// <param name="Location">The file's name, relative to the graph's folder.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
internal readonly record struct DataRange(string Location, long Offset, long Length);
