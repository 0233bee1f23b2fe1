using System.Runtime.InteropServices;
using Puzzle.Foundation;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Writes GGUF version 3 in one step; only one tensor is in memory at a time.</summary>
internal static class GgufWriter
{
    /// <summary>What the start of every tensor is a multiple of, in bytes.</summary>
    public const int Alignment = 32;

    private const uint Version = 3;
    private const int BufferBlocks = 4096;

    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">What precedes the tensors.</param>
    /// <param name="tensors">The tensors, in the file's order.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between tensors.</param>
    public static void Write(
        string path, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        byte[] header = Header(metadata, tensors);
        long length = header.Length + tensors.Sum(tensor => Align(tensor.Length)), written = header.Length;
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                foreach (GgufTensor tensor in tensors)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Write(stream, tensor);
                    written += Align(tensor.Length);
                    progress?.Report((double)written / length);
                }
            },
            length);
    }

    private static byte[] Header(GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write(metadata.Count);
        writer.Write(metadata.Bytes.Span);
        long offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            GgufMetadata.WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            foreach (long size in tensor.Shape.Reverse())
                writer.Write((ulong)size);
            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset += Align(tensor.Length);
        }
        writer.Write(new byte[Align(bytes.Length) - bytes.Length]);
        return bytes.ToArray();
    }

    private static void Write(Stream stream, GgufTensor source)
    {
        using DisposeScope scope = NewDisposeScope();
        using (no_grad())
        {
            Tensor tensor = source.Make(source.Type == GgufTensorType.F16 ? ScalarType.Float16 : ScalarType.Float32);
            if (!tensor.shape.AsSpan().SequenceEqual([.. source.Shape]))
                throw new InvalidOperationException(
                    $"Tensor '{source.Name}' is [{string.Join(", ", tensor.shape)}]; announced was [{string.Join(", ", source.Shape)}].");
            foreach ((Tensor part, _) in TensorBytes.Parts(tensor))
            {
                if (source.Type == GgufTensorType.Q8)
                    WriteQuantized(stream, MemoryMarshal.Cast<byte, float>(part.bytes), source.Name);
                else
                    stream.Write(part.bytes);
                GC.KeepAlive(part);
            }
            GC.KeepAlive(tensor);
        }
        stream.Write(new byte[Align(source.Length) - source.Length]);
    }

    private static void WriteQuantized(Stream stream, ReadOnlySpan<float> values, string name)
    {
        byte[] buffer = new byte[BufferBlocks * Q8Blocks.BlockBytes];
        while (values.Length > 0)
        {
            int count = Math.Min(values.Length, BufferBlocks * Q8Blocks.BlockLength);
            Span<byte> blocks = buffer.AsSpan(0, count / Q8Blocks.BlockLength * Q8Blocks.BlockBytes);
            try
            {
                Q8Blocks.Quantize(values[..count], blocks);
            }
            catch (OverflowException overflow)
            {
                throw new ArgumentException($"Tensor '{name}' cannot be stored: {overflow.Message}", overflow);
            }
            stream.Write(blocks);
            values = values[count..];
        }
    }

    private static long Align(long length) => checked(length + Alignment - 1) / Alignment * Alignment;
}
