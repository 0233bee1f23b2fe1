using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Puzzle.Foundation;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Onnx;

/// <summary>Reads graph files and checks them before the engine does, whose messages do not name the cause.</summary>
internal static class ModelFile
{
    /// <summary>The newest standard operator set that the engine of this release runs.</summary>
    private const long StandardOperatorSet = 25;

    // No machine holds more; sums of it do not overflow.
    private const long MostTensorBytes = 1L << 40;

    /// <summary>Reads a graph and checks that all external data is there.</summary>
    /// <param name="path">The graph's file.</param>
    /// <exception cref="CheckpointFormatException">
    /// It is absent or malformed, needs operators that are not known, a tensor lies outside its file or the folder, or the weights are
    /// another graph's.
    /// </exception>
    public static ModelProto Read(string path)
    {
        ModelProto model;
        try
        {
            using FileStream stream = RegularFile.OpenRead(path);
            model = ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new CheckpointFormatException(path, $"not an ONNX graph: {malformed.Message}", malformed);
        }
        if (model.Graph is null)
            throw new CheckpointFormatException(path, "it holds no graph");
        CheckOperators(path, model);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var lengths = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (TensorProto tensor in model.Graph.Initializer.Where(tensor => tensor.DataLocation == DataLocation.External))
            CheckData(path, folder, tensor, lengths);
        if (lengths.Count == 1 && model.NoteOf(GraphNotes.Data) is { } digest)
            CheckDigest(Path.Combine(folder, lengths.Keys.Single()), digest);
        return model;
    }

    /// <summary>Gives the size of all constant matrices that something is multiplied with.</summary>
    /// <returns>Bytes.</returns>
    public static long ProductBytes(this ModelProto model)
    {
        var used = model.Graph.Node.Where(node => node.OpType.Contains("MatMul", StringComparison.Ordinal))
            .SelectMany(node => node.Input)
            .ToHashSet(StringComparer.Ordinal);
        return model.Graph.Initializer.Where(tensor => used.Contains(tensor.Name))
            .Sum(tensor => tensor.ExternalData.FirstOrDefault(entry => entry.Key == "length") is { } entry && long.TryParse(
                entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long length)
                ? Math.Min(length, MostTensorBytes)
                : tensor.RawData.Length);
    }

    /// <summary>Gives a note of the graph's metadata, or null.</summary>
    public static string? NoteOf(this ModelProto model, string key) => model.MetadataProps.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static void CheckOperators(string path, ModelProto model)
    {
        if (model.OpsetImport.Count == 0)
            throw new CheckpointFormatException(path, "it does not say which operator sets it needs");
        foreach (OperatorSetIdProto set in model.OpsetImport)
        {
            (string name, long newest) = set.Domain is "" or "ai.onnx"
                ? ("ONNX", StandardOperatorSet)
                : (set.Domain, set.Domain == GraphBuilder.Contrib ? 1 : 0);
            if (set.Version < 1 || set.Version > newest)
                throw new CheckpointFormatException(path, $"it needs version {set.Version} of the operator set '{name}'; "
                    + $"{(newest == 0 ? "that set is not known" : $"known are 1 to {newest}")}");
        }
    }

    private static void CheckDigest(string path, string expected)
    {
        using FileStream stream = RegularFile.OpenRead(path);
        byte[] found = new byte[SHA256.HashSizeInBytes];
        if (stream.Length >= found.Length)
        {
            stream.Seek(-found.Length, SeekOrigin.End);
            stream.ReadExactly(found);
        }
        if (Convert.ToHexStringLower(found) != expected)
            throw new CheckpointFormatException(path, $"it ends with the digest {Convert.ToHexStringLower(found)}; the graph beside it "
                + $"was made for weights of digest {expected}. The files belong to different models");
    }

    private static void CheckData(string path, string folder, TensorProto tensor, Dictionary<string, long> lengths)
    {
        string location = Entry("location") ?? throw Error("names no file");
        if (Path.GetFileName(location) != location || location.Length == 0 || location.Contains('\0', StringComparison.Ordinal))
            throw Error($"lies in '{location}', which is not a file of this folder");
        long offset = Number("offset"), length = Number("length");
        if (!lengths.TryGetValue(location, out long available))
        {
            var file = new FileInfo(Path.Combine(folder, location));
            lengths[location] = available = file.Exists
                ? file.Length
                : throw new CheckpointFormatException(file.FullName, "there is no such file, though the graph's weights lie there");
        }
        if (length > available || offset > available - length)
            throw new CheckpointFormatException(Path.Combine(folder, location), $"it has {available} bytes; tensor '{tensor.Name}' needs "
                + $"{length} from byte {offset}. The file was cut short or belongs to another graph");

        string? Entry(string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;
        long Number(string key) =>
            long.TryParse(Entry(key), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw Error($"has no valid {key}");
        CheckpointFormatException Error(string problem) => new(path, $"tensor '{tensor.Name}' {problem}");
    }
}
