using Microsoft.Win32.SafeHandles;
using Puzzle.Foundation;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Reads one safetensors file. The header is checked when it is opened; tensors are read when asked for, from any
/// thread.</summary>
internal sealed class SafetensorsReader : IDisposable
{
    // Half a megabyte of 16-bit numbers: between reading and converting they stay in the processor's cache.
    private const long PieceElements = 256 << 10;

    // A small part of a second of any disk, between two looks at the token.
    private const long PartBytes = 32 << 20;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly SafeFileHandle _handle;
    private readonly SafetensorsHeader _header;
    private readonly object _gate = new();
    private string? _digest;

    /// <summary>Opens a file and checks its header against its length: every tensor inside, no gap, no overlap.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file is absent, malformed, or has an unsupported element type.</exception>
    public SafetensorsReader(string path)
        : this(path, digest: null)
    {
    }

    /// <summary>Opens a file whose content is known: it is checked whole before the first tensor is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="digest">Its SHA-256 in lower-case hexadecimal; null to check nothing.</param>
    internal SafetensorsReader(string path, string? digest)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        _digest = digest;
        _handle = RegularFile.OpenHandle(path);
        try
        {
            _header = SafetensorsHeader.Read(_handle, path);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets what the file holds, by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    /// <summary>Gets the file's own notes; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Gets a value indicating whether a tensor with an infinity or NaN is refused; false by default.</summary>
    public bool EnsureFinite { get; init; }

    /// <summary>Reads a tensor, with the element type the file has.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="device">Where to put it; the CPU by default.</param>
    /// <param name="cancellationToken">Stops within a tensor.</param>
    /// <returns>A new tensor, owned by the caller.</returns>
    /// <exception cref="CheckpointFormatException">The file has no such tensor, has become shorter, or <see cref="EnsureFinite"/> finds a
    /// fault.</exception>
    public Tensor Read(string name, Device? device = null, CancellationToken cancellationToken = default) =>
        ReadPart(name, Find(name), device, cancellationToken);

    /// <summary>Reads what some info says, for example some rows of a tensor.</summary>
    internal Tensor ReadPart(string name, TensorInfo info, Device? device = null, CancellationToken cancellationToken = default)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = empty([.. info.Shape], info.Type, CPU);
        Fill(name, info, tensor, cancellationToken: cancellationToken);
        return (device is null || device.type == DeviceType.CPU ? tensor : tensor.to(device)).MoveToOuterDisposeScope();
    }

    /// <summary>Reads a tensor, converted to another element type a piece at a time, so that it is never in memory in both.</summary>
    internal Tensor ReadAs(string name, ScalarType type, Device device, CancellationToken cancellationToken = default) =>
        ReadAs(name, Find(name), type, device, cancellationToken);

    /// <summary>The same of what some info says, for example some rows of a tensor.</summary>
    internal Tensor ReadAs(
        string name, TensorInfo info, ScalarType type, Device device, CancellationToken cancellationToken = default)
    {
        if (info.Type == type)
            return ReadPart(name, info, device, cancellationToken);
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = empty([.. info.Shape], type, device), flat = tensor.view(-1);
        Tensor buffer = empty(Math.Min(PieceElements, info.ElementCount), info.Type, CPU);
        for (long start = 0, length; start < info.ElementCount; start += length)
        {
            using DisposeScope pieceScope = NewDisposeScope();
            length = Math.Min(PieceElements, info.ElementCount - start);
            Tensor piece = buffer.narrow(0, 0, length);
            Fill(name, info, piece, start * TensorTypes.ElementBytes(info.Type), cancellationToken);
            Tensor target = flat.narrow(0, start, length);
            if ((info.Type, type, device.type) == (ScalarType.BFloat16, ScalarType.Float32, DeviceType.CPU))
                BrainFloats.Widen(piece.bytes, target.bytes);
            else
                target.copy_(piece);
        }
        return tensor.MoveToOuterDisposeScope();
    }

    /// <summary>Reads rows of a matrix in the order given, with the element type the file has.</summary>
    internal Tensor ReadRows(string name, ReadOnlySpan<long> rows)
    {
        TensorInfo info = Find(name);
        long width = info.Shape[1], rowBytes = width * TensorTypes.ElementBytes(info.Type);
        using DisposeScope scope = NewDisposeScope();
        Tensor all = empty(rows.Length, width, info.Type, CPU);
        for (int i = 0; i < rows.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(rows[i], nameof(rows));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rows[i], info.Shape[0], nameof(rows));
            using DisposeScope rowScope = NewDisposeScope();
            Fill(name, info, all.narrow(0, i, 1), rows[i] * rowBytes);
        }
        return all.MoveToOuterDisposeScope();
    }

    /// <summary>Reads a tensor into an existing one of exactly its shape.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">Receives the values; on any device, of any layout.</param>
    /// <param name="convert">Whether another element type is converted to; if not, it is an error.</param>
    /// <param name="cancellationToken">Stops within the tensor, which may leave the destination half written.</param>
    /// <exception cref="CheckpointFormatException">The file has no such tensor, another shape or (without <paramref name="convert"/>)
    /// another element type; or as for <see cref="Read"/>. Beside a
    /// cancellation, only a file that became shorter can leave the destination half written.</exception>
    public void ReadInto(string name, Tensor destination, bool convert = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        TensorInfo info = Find(name);
        if (!destination.shape.AsSpan().SequenceEqual(info.Shape.AsSpan()))
            throw new CheckpointFormatException(
                Path, $"tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; expected [{string.Join(", ", destination.shape)}]");
        if (!convert && destination.dtype != info.Type)
            throw new CheckpointFormatException(Path, $"tensor '{name}' has type {info.Type}; expected {destination.dtype}");
        using DisposeScope scope = NewDisposeScope();
        using (no_grad())
        {
            // What may turn out not to be finite is read aside first, so that a refused tensor leaves the destination as it was.
            if (!EnsureFinite && destination.dtype == info.Type && destination.device_type == DeviceType.CPU && destination.is_contiguous())
                Fill(name, info, destination, cancellationToken: cancellationToken);
            else
                destination.copy_(Read(name, cancellationToken: cancellationToken));
        }
    }

    /// <summary>Closes the file once no read uses it any more. Tensors that were read stay valid.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Reads some of a tensor's raw bytes.</summary>
    internal void ReadBytes(TensorInfo info, long start, Span<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Check(cancellationToken);
        SafetensorsHeader.ReadExactly(_handle, buffer, info.Offset + start, Path);
    }

    private TensorInfo Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return Tensors.TryGetValue(name, out TensorInfo? info)
            ? info
            : throw new CheckpointFormatException(Path, $"there is no tensor '{name}'");
    }

    // Once for the file. Who waits for another's check can be stopped too.
    private void Check(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _digest) is null)
            return;
        while (!Monitor.TryEnter(_gate, Glance))
            cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (_digest is { } digest)
                FolderDigests.RequireFile(Path, digest, cancellationToken);
            Volatile.Write(ref _digest, null);
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    private void Fill(string name, TensorInfo info, Tensor tensor, long from = 0, CancellationToken cancellationToken = default)
    {
        foreach ((Tensor part, long start) in TensorBytes.Parts(tensor, PartBytes))
        {
            long offset = from + start;
            Span<byte> bytes = part.bytes;
            ReadBytes(info, offset, bytes, cancellationToken);
            if (EnsureFinite && NonFinite.IndexOf(bytes, info.Type) is >= 0 and var index)
                throw new CheckpointFormatException(
                    Path, $"tensor '{name}' is not finite at element {(offset / TensorTypes.ElementBytes(info.Type)) + index}");
            GC.KeepAlive(part);
        }
        GC.KeepAlive(tensor);
    }
}
