using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>The checked header of a safetensors file: an 8-byte little-endian length, then JSON, then the tensors' data without
/// gaps.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The member that holds the metadata, and so no tensor's name.</summary>
    public const string MetadataName = "__metadata__";

    private const int LengthBytes = 8;
    private const int MaxHeaderBytes = 100_000_000;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataBytes;
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file, long dataStart, long dataBytes) =>
        (_file, _dataStart, _dataBytes) = (file, dataStart, dataBytes);

    /// <summary>Gets the tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <summary>Gets the metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads and checks a header. Nothing is allocated for what the file only claims to hold.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CheckpointFormatException">The header is malformed or does not describe the file's data exactly.</exception>
    public static SafetensorsHeader Read(SafeFileHandle handle, string file)
    {
        long fileBytes = RandomAccess.GetLength(handle);
        if (fileBytes < LengthBytes)
            throw new CheckpointFormatException(
                file, $"a safetensors file starts with {LengthBytes} bytes of header length; the file has {fileBytes} bytes");
        Span<byte> prefix = stackalloc byte[LengthBytes];
        ReadExactly(handle, prefix, 0, file);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > MaxHeaderBytes || (long)headerBytes > fileBytes - LengthBytes)
            throw new CheckpointFormatException(
                file, $"the header claims {headerBytes} bytes; at most {Math.Min(MaxHeaderBytes, fileBytes - LengthBytes)} are possible");

        byte[] json = new byte[headerBytes];
        ReadExactly(handle, json, LengthBytes, file);
        long dataStart = LengthBytes + (long)headerBytes;
        var header = new SafetensorsHeader(file, dataStart, fileBytes - dataStart);
        header.Parse(json);
        header.CheckCoverage();
        return header;
    }

    /// <summary>Fills a buffer from a file.</summary>
    /// <exception cref="CheckpointFormatException">The file ends first.</exception>
    public static void ReadExactly(SafeFileHandle handle, Span<byte> buffer, long offset, string file)
    {
        while (!buffer.IsEmpty)
        {
            int read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
                throw new CheckpointFormatException(file, $"the file ends at byte {offset}; {buffer.Length} more bytes were expected");
            buffer = buffer[read..];
            offset += read;
        }
    }

    private void Parse(byte[] json)
    {
        if (json.Length == 0 || json[0] != (byte)'{')
            throw Malformed("the header is not a JSON object in UTF-8");
        using JsonDocument document = JsonReader.Parse(json, _file, allowsDuplicates: false);
        foreach (JsonProperty member in document.RootElement.EnumerateObject())
        {
            if (member.Name == MetadataName)
                ParseMetadata(member.Value);
            else
                _tensors.Add(member.Name, ParseTensor(member.Name, member.Value));
        }
    }

    private void ParseMetadata(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Malformed($"{MetadataName} is not an object");
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
                throw Malformed($"{MetadataName} '{member.Name}' is not a string");
            _metadata.Add(member.Name, member.Value.GetString()!);
        }
    }

    private TensorInfo ParseTensor(string name, JsonElement value)
    {
        (string? typeName, ImmutableArray<long>? shape, ImmutableArray<long>? offsets) = ReadMembers(name, value);
        if (typeName is null || shape is null || offsets is not [var begin, var end])
            throw Malformed($"tensor '{name}' needs dtype, shape and two data_offsets");
        if (!TensorTypes.TryParse(typeName, out ScalarType type))
            throw Malformed($"tensor '{name}' has dtype '{typeName}'; supported are {TensorTypes.Names}");
        if (begin > end || end > _dataBytes)
            throw Malformed($"tensor '{name}' claims bytes {begin} to {end} of {_dataBytes} bytes of data");
        if (LengthOf(type, shape.Value) is not { } length)
            throw Malformed($"tensor '{name}' has a shape [{string.Join(", ", shape.Value)}] that is too large");
        if (length != end - begin)
            throw Malformed($"tensor '{name}' of type {typeName} and shape [{string.Join(", ", shape.Value)}] needs {length} bytes; its "
                + $"offsets give it {end - begin}");
        return new TensorInfo(type, shape.Value, _dataStart + begin, length);
    }

    private (string? TypeName, ImmutableArray<long>? Shape, ImmutableArray<long>? Offsets) ReadMembers(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Malformed($"tensor '{name}' is not described by an object");
        string? typeName = null;
        ImmutableArray<long>? shape = null, offsets = null;
        foreach (JsonProperty member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "dtype" when member.Value.ValueKind == JsonValueKind.String:
                    typeName = member.Value.GetString();
                    break;
                case "shape":
                    shape = ParseSizes(name, member);
                    break;
                case "data_offsets":
                    offsets = ParseSizes(name, member);
                    break;
                default:
                    throw Malformed($"tensor '{name}' has an unexpected or malformed member '{member.Name}'");
            }
        }
        return (typeName, shape, offsets);
    }

    private ImmutableArray<long> ParseSizes(string name, JsonProperty member)
    {
        if (member.Value.ValueKind != JsonValueKind.Array)
            throw Malformed($"tensor '{name}': {member.Name} is not an array");
        var sizes = ImmutableArray.CreateBuilder<long>(member.Value.GetArrayLength());
        foreach (JsonElement item in member.Value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long size) || size < 0)
                throw Malformed($"tensor '{name}': {member.Name} holds {item.GetRawText()}, which is not a size");
            sizes.Add(size);
        }
        return sizes.MoveToImmutable();
    }

    /// <summary>Gives the bytes a tensor needs, or null if that, or its strides, would overflow.</summary>
    private static long? LengthOf(ScalarType type, ImmutableArray<long> shape)
    {
        try
        {
            long strides = TensorTypes.ElementBytes(type);
            foreach (long size in shape)
                strides = checked(strides * Math.Max(size, 1));
            return shape.Contains(0) ? 0 : strides;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private void CheckCoverage()
    {
        long expected = _dataStart;
        foreach ((string name, TensorInfo info) in _tensors.OrderBy(tensor => tensor.Value.Offset).ThenBy(tensor => tensor.Value.Length))
        {
            if (info.Offset != expected)
                throw Malformed($"tensor '{name}' starts at byte {info.Offset - _dataStart} of the data, which "
                    + $"{(info.Offset < expected ? "overlaps the tensor before it" : "leaves a gap")}; expected {expected - _dataStart}");
            expected += info.Length;
        }
        if (expected != _dataStart + _dataBytes)
            throw Malformed($"the tensors cover {expected - _dataStart} of {_dataBytes} bytes of data");
    }

    private CheckpointFormatException Malformed(string message) => new(_file, message);
}
