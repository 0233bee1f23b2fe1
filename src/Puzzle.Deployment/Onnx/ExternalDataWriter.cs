namespace Puzzle.Deployment.Onnx;

/// <summary>
/// Writes the file beside a graph that holds its large tensors, each aligned so that it can be mapped into memory. The file ends with the
/// digest of all before, which the graph names too: a graph and another one's weights are told apart.
/// </summary>
/// <param name="stream">The file, empty.</param>
/// <param name="location">Its name, relative to the graph's folder.</param>
internal sealed class ExternalDataWriter(Stream stream, string location) : IDisposable
{
    private const long Alignment = 4 << 10;
    private const long LargeTensor = 1 << 20;
    private const long LargeAlignment = 64 << 10;
    private static readonly byte[] Padding = new byte[LargeAlignment];
    private readonly HashedStream _hashed = new(stream);

    /// <summary>Appends a tensor.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="write">Writes exactly that many.</param>
    public DataRange Append(long length, Action<Stream> write)
    {
        long alignment = length >= LargeTensor ? LargeAlignment : Alignment;
        long offset = (_hashed.Length + alignment - 1) / alignment * alignment;
        _hashed.Write(Padding.AsSpan(0, (int)(offset - _hashed.Length)));
        write(_hashed);
        if (_hashed.Length - offset != length)
            throw new InvalidOperationException($"A tensor of {length} bytes was announced; {_hashed.Length - offset} were written.");
        return new DataRange(location, offset, length);
    }

    /// <summary>Writes the digest. Nothing can be appended afterwards.</summary>
    /// <returns>The digest.</returns>
    public byte[] Finish()
    {
        byte[] digest = _hashed.Digest();
        stream.Write(digest);
        return digest;
    }

    /// <inheritdoc/>
    public void Dispose() => _hashed.Dispose();
}
