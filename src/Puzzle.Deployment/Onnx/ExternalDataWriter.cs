namespace Puzzle.Deployment.Onnx;

/// <summary>Writes the file beside a graph that holds its large tensors, each aligned so that it can be mapped into memory.</summary>
/// <param name="stream">The file, empty and seekable.</param>
/// <param name="location">Its name, relative to the graph's folder.</param>
internal sealed class ExternalDataWriter(Stream stream, string location)
{
    private const long Alignment = 4 << 10;
    private const long LargeTensor = 1 << 20;
    private const long LargeAlignment = 64 << 10;

    /// <summary>Appends a tensor.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="write">Writes exactly that many.</param>
    public DataRange Append(long length, Action<Stream> write)
    {
        long alignment = length >= LargeTensor ? LargeAlignment : Alignment;
        long offset = (stream.Position + alignment - 1) / alignment * alignment;
        stream.Position = offset;
        write(stream);
        if (stream.Position - offset != length)
            throw new InvalidOperationException($"A tensor of {length} bytes was announced; {stream.Position - offset} were written.");
        return new DataRange(location, offset, length);
    }
}
