using System.Collections;
using Microsoft.Win32.SafeHandles;
using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>
/// A list of activations, rounded to one element type: the first ones in memory as far as a bound allows, the others in a scratch
/// file that nothing leaves behind. Whether one is in memory or not does not change its values. Safe for concurrent use of different
/// indexes.
/// </summary>
internal sealed class TensorStore : IReadOnlyList<Tensor>, IDisposable
{
    private readonly ScalarType _type;
    private readonly ScalarType _computeType;
    private readonly Device _device;
    private readonly Tensor?[] _kept;
    private readonly long[]?[] _shapes;
    private readonly SafeFileHandle? _file;

    /// <param name="count">The number of activations.</param>
    /// <param name="elements">The most elements of one.</param>
    /// <param name="type">What they are rounded to.</param>
    /// <param name="computeType">What they are given out as.</param>
    /// <param name="device">Where they are given out.</param>
    /// <param name="maxBytes">The most memory to use.</param>
    /// <param name="scratchFolder">Where the file goes, if one is needed.</param>
    /// <exception cref="IOException">The folder cannot be written to, or its disk is too full.</exception>
    public TensorStore(
        int count, long elements, ScalarType type, ScalarType computeType, Device device, long maxBytes, string scratchFolder)
    {
        (_type, _computeType, _device) = (type, computeType, device);
        SlotBytes = checked(elements * TensorTypes.ElementBytes(type));
        _kept = new Tensor?[(int)Math.Min(count, maxBytes / Math.Max(1, SlotBytes))];
        _shapes = new long[count][];
        if (_kept.Length < count)
            _file = OpenScratch(scratchFolder, checked((count - _kept.Length) * SlotBytes));
    }

    /// <summary>Gets a store of none.</summary>
    public static TensorStore Empty { get; } = new(0, 0, ScalarType.Float32, ScalarType.Float32, CPU, 0, "");

    /// <summary>Gets the number of activations.</summary>
    public int Count => _shapes.Length;

    /// <summary>Gets the bytes that one activation takes.</summary>
    public long SlotBytes { get; }

    /// <summary>Gets the number of activations kept in a file.</summary>
    public int Spilled => Count - _kept.Length;

    /// <summary>Gives an activation as it was put in but for the rounding; the caller's dispose scope owns it.</summary>
    public Tensor this[int index]
    {
        get
        {
            long[] shape = _shapes[index] ?? throw new InvalidOperationException($"Activation {index} was not stored.");
            if (index < _kept.Length)
                return _kept[index]!.dtype == _computeType ? _kept[index]!.alias() : _kept[index]!.to(_computeType);
            using var scope = NewDisposeScope();
            Tensor stored = empty(shape, _type, CPU);
            foreach ((Tensor part, long offset) in TensorBytes.Parts(stored))
            {
                SafetensorsHeader.ReadExactly(_file!, part.bytes, Position(index) + offset, "the scratch file");
                GC.KeepAlive(part);
            }
            return stored.to(_computeType).to(_device).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Stores an activation, replacing what was there; does not take ownership.</summary>
    public void Set(int index, Tensor value)
    {
        using var scope = NewDisposeScope();
        _shapes[index] = value.shape;
        Tensor rounded = value.detach().to(_type).contiguous();
        if (index < _kept.Length)
        {
            _kept[index]?.Dispose();
            _kept[index] = rounded.DetachFromDisposeScope();
            return;
        }
        foreach ((Tensor part, long offset) in TensorBytes.Parts(rounded.cpu()))
        {
            RandomAccess.Write(_file!, part.bytes, Position(index) + offset);
            GC.KeepAlive(part);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<Tensor> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        foreach (Tensor? tensor in _kept)
            tensor?.Dispose();
        _file?.Dispose();
    }

    private long Position(int index) => (index - _kept.Length) * SlotBytes;

    private static SafeFileHandle OpenScratch(string folder, long bytes)
    {
        string path = Path.Combine(folder, $"puzzle-{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            // The space is reserved now, so that a full disk is found out before hours of work.
            SafeFileHandle file = File.OpenHandle(
                path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose, bytes);
            // Without a name it also disappears when the process is killed.
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{bytes} bytes of activations cannot be spilled to '{folder}': {exception.Message}", exception);
        }
    }
}
