using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Puzzle.Foundation;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Writes safetensors files: the same tensors always give the same bytes, whatever their order in memory.</summary>
internal static class SafetensorsWriter
{
    // A small part of a second of any disk, between two looks at the token.
    private const long PartBytes = 32 << 20;

    /// <summary>Creates or replaces a file in one step: if writing fails, the old file stays.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">What to write, by name; on any device, of any layout.</param>
    /// <param name="metadata">Notes for the file; <c>format = pt</c>, which Hugging Face expects, is added.</param>
    /// <param name="cancellationToken">Stops within a tensor; the old file stays.</param>
    /// <exception cref="ArgumentException">A name is reserved.</exception>
    /// <exception cref="NotSupportedException">Safetensors has no such element type.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        IEnumerable<TensorSource> sources = tensors.Select(
            tensor => new TensorSource(tensor.Key, tensor.Value.dtype, tensor.Value.shape, () => tensor.Value));
        Write(path, sources, metadata, cancellationToken);
    }

    /// <summary>Creates or replaces a file from tensors that are made one by one, so that only one need be in memory.</summary>
    internal static void Write(
        string path, IEnumerable<TensorSource> sources, IReadOnlyDictionary<string, string>? metadata,
        CancellationToken cancellationToken = default)
    {
        // The largest elements first keep every tensor aligned to its element.
        TensorSource[] ordered = [.. sources.OrderByDescending(source => TensorTypes.ElementBytes(source.Type))
            .ThenBy(source => source.Name, StringComparer.Ordinal)];
        byte[] header = Header(ordered, metadata);
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                foreach (TensorSource source in ordered)
                    Write(stream, source, cancellationToken);
            },
            header.Length + ordered.Sum(source => source.Length));
    }

    private static byte[] Header(TensorSource[] sources, IReadOnlyDictionary<string, string>? metadata)
    {
        const int LengthBytes = 8;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            var notes = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" };
            foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
                notes[key] = value;
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach ((string key, string value) in notes)
                json.WriteString(key, value);
            json.WriteEndObject();

            long offset = 0;
            foreach (TensorSource source in sources)
            {
                if (source.Name == SafetensorsHeader.MetadataName)
                    throw new ArgumentException($"No tensor can be named {SafetensorsHeader.MetadataName}.", nameof(sources));
                json.WriteStartObject(source.Name);
                json.WriteString("dtype", TensorTypes.NameOf(source.Type));
                WriteNumbers(json, "shape", source.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset += source.Length]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }

        int padded = (buffer.WrittenCount + LengthBytes - 1) / LengthBytes * LengthBytes;
        byte[] header = new byte[LengthBytes + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        header.AsSpan(LengthBytes).Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header.AsSpan(LengthBytes));
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void Write(Stream stream, TensorSource source, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using DisposeScope scope = NewDisposeScope();
        using (no_grad())
        {
            Tensor tensor = source.Make();
            if (tensor.dtype != source.Type || !tensor.shape.AsSpan().SequenceEqual(source.Shape))
                throw new InvalidOperationException($"Tensor '{source.Name}' is {tensor.dtype} [{string.Join(", ", tensor.shape)}]; " +
                    $"announced was {source.Type} [{string.Join(", ", source.Shape)}].");
            tensor = tensor.cpu().contiguous();
            foreach ((Tensor part, _) in TensorBytes.Parts(tensor, PartBytes))
            {
                cancellationToken.ThrowIfCancellationRequested();
                stream.Write(part.bytes);
                GC.KeepAlive(part);
            }
            GC.KeepAlive(tensor);
        }
    }
}
