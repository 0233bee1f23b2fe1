using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>The weight files of a checkpoint folder: one, or shards with an index that says which tensor is where.</summary>
internal static class WeightFiles
{
    /// <summary>The weights, if they are in one file.</summary>
    public const string Single = "model.safetensors";

    /// <summary>The index, if they are in several.</summary>
    public const string Index = "model.safetensors.index.json";

    private static readonly string[] Pickled = ["pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth"];

    /// <summary>Gives the file that says which tensors a folder has: the index if there is one, else the single file.</summary>
    public static string MainFile(string folder) =>
        Path.Combine(folder, Index) is var index && File.Exists(index) ? index : Path.Combine(folder, Single);

    /// <summary>Opens a folder's weight files, checking each header and the index against them.</summary>
    /// <returns>The reader of each tensor, by name. The caller disposes the readers.</returns>
    /// <exception cref="CheckpointFormatException">A file is absent or malformed, or the index and the shards disagree.</exception>
    public static IReadOnlyDictionary<string, SafetensorsReader> Open(string folder)
    {
        string single = Path.Combine(folder, Single);
        string index = Path.Combine(folder, Index);
        bool isSharded = File.Exists(index);
        // An index may be left beside the one file that it names.
        if (isSharded && File.Exists(single) && ReadIndex(index).Exists(entry => entry.File != Single))
            throw new CheckpointFormatException(index, $"there is also {Single}: which of the two holds the weights is unclear");
        if (!isSharded && !File.Exists(single) && Pickled.FirstOrDefault(name => File.Exists(Path.Combine(folder, name))) is { } pickled)
        {
            throw new CheckpointFormatException(
                Path.Combine(folder, pickled),
                $"pickled weights are not read, as they can run code: convert them to {Single}, for example by loading the model with "
                + "transformers and saving it with safe_serialization=True");
        }

        var readers = new Dictionary<string, SafetensorsReader>(StringComparer.Ordinal);
        try
        {
            if (isSharded)
                return OpenShards(folder, index, readers);
            SafetensorsReader reader = OpenFile(single, single, readers);
            return reader.Tensors.Keys.ToDictionary(name => name, _ => reader, StringComparer.Ordinal);
        }
        catch
        {
            foreach (SafetensorsReader reader in readers.Values)
                reader.Dispose();
            throw;
        }
    }

    private static Dictionary<string, SafetensorsReader> OpenShards(
        string folder, string index, Dictionary<string, SafetensorsReader> readers)
    {
        var tensors = new Dictionary<string, SafetensorsReader>(StringComparer.Ordinal);
        foreach ((string tensor, string file) in ReadIndex(index))
        {
            if (!readers.TryGetValue(file, out SafetensorsReader? reader))
                reader = OpenFile(file, ShardPath(folder, index, tensor, file), readers);
            if (!reader.Tensors.ContainsKey(tensor))
                throw new CheckpointFormatException(reader.Path, $"there is no tensor '{tensor}', which {Index} places here");
            tensors.Add(tensor, reader);
        }
        foreach (SafetensorsReader reader in readers.Values)
        {
            if (reader.Tensors.Keys.FirstOrDefault(tensor => tensors.GetValueOrDefault(tensor) != reader) is { } stray)
                throw new CheckpointFormatException(reader.Path, $"tensor '{stray}' is not placed here by {Index}");
        }
        return tensors;
    }

    private static SafetensorsReader OpenFile(string key, string path, Dictionary<string, SafetensorsReader> readers)
    {
        string? digest = FolderDigests.Read(Path.GetDirectoryName(path)!)?.Files.GetValueOrDefault(Path.GetFileName(path));
        var reader = new SafetensorsReader(path, digest) { EnsureFinite = true };
        readers.Add(key, reader);
        return reader;
    }

    private static List<(string Tensor, string File)> ReadIndex(string index)
    {
        using JsonDocument document = CheckpointFile.ReadJson(index);
        var root = new ConfigObject(index, "", document.RootElement);
        List<(string, string)> map = root.TakeObject("weight_map")?.TakeAllTexts() ?? throw root.Error("there is no weight_map");
        root.Ignore("metadata");
        root.RejectRest();
        return map;
    }

    private static string ShardPath(string folder, string index, string tensor, string file)
    {
        bool isInside = file.Length > 0
            && !file.Contains('\\', StringComparison.Ordinal)
            && !file.Contains(':', StringComparison.Ordinal)
            && !file.Contains('\0', StringComparison.Ordinal)
            && file.Split('/').All(part => part is not ("" or "." or ".."));
        if (!isInside)
            throw new CheckpointFormatException(index, $"tensor '{tensor}' is placed in '{file}'; expected a file inside the folder");
        return Path.Combine(folder, file);
    }
}
