using System.Globalization;
using Google.Protobuf;
using Puzzle.Checkpoints;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Onnx;

/// <summary>Reads graph files and checks them before the engine does, whose messages do not name the cause.</summary>
internal static class ModelFile
{
    /// <summary>Reads a graph and checks that all external data is there.</summary>
    /// <param name="path">The graph's file.</param>
    /// <exception cref="CheckpointFormatException">It is absent or malformed, or a tensor lies outside its file or the folder.</exception>
    public static ModelProto Read(string path)
    {
        ModelProto model;
        try
        {
            using FileStream stream = File.OpenRead(path);
            model = ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new CheckpointFormatException(path, $"not an ONNX graph: {malformed.Message}", malformed);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointFormatException(path, "there is no such file", absent);
        }
        if (model.Graph is null)
            throw new CheckpointFormatException(path, "it holds no graph");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var lengths = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (TensorProto tensor in model.Graph.Initializer.Where(tensor => tensor.DataLocation == DataLocation.External))
            CheckData(path, folder, tensor, lengths);
        return model;
    }

    private static void CheckData(string path, string folder, TensorProto tensor, Dictionary<string, long> lengths)
    {
        string location = Entry("location") ?? throw Error("names no file");
        if (Path.GetFileName(location) != location || location.Length == 0)
            throw Error($"lies in '{location}', which is not a file of this folder");
        long offset = Number("offset"), length = Number("length");
        if (!lengths.TryGetValue(location, out long available))
        {
            var file = new FileInfo(Path.Combine(folder, location));
            lengths[location] = available = file.Exists ? file.Length : throw new CheckpointFormatException(file.FullName, "there is no such file, though the graph's weights lie there");
        }
        if (length > available || offset > available - length)
            throw new CheckpointFormatException(Path.Combine(folder, location), $"it has {available} bytes; tensor '{tensor.Name}' needs {length} from byte {offset}. The file was cut short or belongs to another graph");

        string? Entry(string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;
        long Number(string key) => long.TryParse(Entry(key), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw Error($"has no valid {key}");
        CheckpointFormatException Error(string problem) => new(path, $"tensor '{tensor.Name}' {problem}");
    }
}
