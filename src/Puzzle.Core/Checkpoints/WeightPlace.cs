using Puzzle.Architectures;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Where a weight lies in a checkpoint's files.</summary>
/// <param name="Weight">Its whole name and its shape.</param>
/// <param name="Parts">The tensors, or rows of tensors, that it is made of, all of one element type unless they are joined.</param>
/// <param name="Join">Makes it from the parts; null where their elements in a row are its own.</param>
internal sealed record WeightPlace(
    WeightShape Weight, IReadOnlyList<WeightPlace.Part> Parts, Func<IReadOnlyList<Tensor>, Tensor>? Join = null)
{
    /// <summary>Gets the element type that it is read as if none is asked for.</summary>
    public ScalarType Type => Join is null || TensorTypes.IsFloatingPoint(Parts[0].Info.Type) ? Parts[0].Info.Type : ScalarType.BFloat16;

    /// <summary>Reads it, converted to an element type; the caller owns it.</summary>
    public Tensor Read(ScalarType type, Device device, CancellationToken cancellationToken = default)
    {
        if (Join is not null)
            return ReadJoined(type, device, cancellationToken);
        if (Parts is [var only] && only.Info.Shape.SequenceEqual(Weight.Shape))
            return only.Reader.ReadAs(only.Name, only.Info, type, device, cancellationToken);
        using var scope = NewDisposeScope();
        Tensor whole = empty([.. Weight.Shape], type, device), flat = whole.view(-1);
        long start = 0;
        foreach (Part part in Parts)
        {
            using var partScope = NewDisposeScope();
            Tensor read = part.Reader.ReadAs(part.Name, part.Info, type, device, cancellationToken);
            flat.narrow(0, start, part.Info.ElementCount).copy_(read.view(-1));
            start += part.Info.ElementCount;
        }
        return whole.MoveToOuterDisposeScope();
    }

    /// <summary>Gives its bytes, piece by piece, as they are in a file that holds it whole.</summary>
    /// <param name="pieceBytes">The most bytes of a piece.</param>
    /// <param name="take">Called for each piece in order.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public void ReadBytes(int pieceBytes, Action<ReadOnlySpan<byte>> take, CancellationToken cancellationToken = default)
    {
        if (Join is not null)
        {
            using var scope = NewDisposeScope();
            foreach ((Tensor part, _) in TensorBytes.Parts(Read(Type, CPU, cancellationToken), pieceBytes))
            {
                take(part.bytes);
                GC.KeepAlive(part);
            }
            return;
        }
        byte[] buffer = new byte[pieceBytes];
        foreach (Part part in Parts)
        {
            for (long start = 0; start < part.Info.Length; start += pieceBytes)
            {
                Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(pieceBytes, part.Info.Length - start));
                part.Reader.ReadBytes(part.Info, start, piece, cancellationToken);
                take(piece);
            }
        }
    }

    private Tensor ReadJoined(ScalarType type, Device device, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        Tensor[] parts = [.. Parts.Select(part => part.Reader.ReadPart(part.Name, part.Info, cancellationToken: cancellationToken))];
        Tensor joined = Join!(parts).contiguous();
        if (!joined.isfinite().all().item<bool>())
            throw new CheckpointFormatException(Parts[0].Reader.Path, $"tensor '{Parts[0].Name}' holds numbers that are not finite");
        return joined.to(type).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>A tensor of a file, or some rows of it.</summary>
    /// <param name="Reader">The file.</param>
    /// <param name="Name">The tensor's name.</param>
    /// <param name="Info">Where the rows are.</param>
    internal sealed record Part(SafetensorsReader Reader, string Name, TensorInfo Info);
}
