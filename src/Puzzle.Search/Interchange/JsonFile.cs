using System.Text.Encodings.Web;
using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Search.Interchange;

/// <summary>Reads JSON files made elsewhere, naming the file in every complaint.</summary>
internal static class JsonFile
{
    private const long LargestFile = 1L << 30;

    public static JsonDocument Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] json = RegularFile.ReadAllBytes(path, LargestFile);
        FolderDigests.Check(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        return JsonReader.Parse(json, path);
    }

    public static JsonElement Object(string path, JsonElement element, string what)
        => element.ValueKind == JsonValueKind.Object
            ? element
            : throw new CheckpointFormatException(path, $"expected an object for {what}, found {element.ValueKind}.");

    public static JsonElement Property(string path, JsonElement element, string name, string what)
        => Object(path, element, what).TryGetProperty(name, out JsonElement value)
            ? value
            : throw new CheckpointFormatException(path, $"expected a property '{name}' in {what}.");

    public static double Number(string path, JsonElement element, string what)
        => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw new CheckpointFormatException(path, $"expected a finite number for {what}, found {element.GetRawText()}.");

    /// <summary>Makes a record of what was read; what its constructor refuses is a fault of the file.</summary>
    public static T Make<T>(string path, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException refused)
        {
            throw new CheckpointFormatException(path, refused.Message, refused);
        }
    }

    /// <summary>Writes a whole file or none, and its digest beside it.</summary>
    public static void Write(string path, Action<Utf8JsonWriter> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FolderDigests.Replace(path, isKnown: true, () => AtomicFile.Write(path, stream =>
        {
            using var writer = new Utf8JsonWriter(
                stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            write(writer);
        }));
    }
}
