using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Foundation;

namespace Puzzle.Measurement;

/// <summary>Measured times on disk, one file each, named by the hash of all that they depend on. A damaged file counts as absent.</summary>
/// <param name="folder">The folder; created when the first time is stored.</param>
internal sealed partial class TimeCache(string folder)
{
    /// <summary>Gives a stored time, or null.</summary>
    /// <param name="recipe">All that it depends on.</param>
    public MeasuredTime? Find(Recipe recipe)
    {
        string key = recipe.Fingerprint;
        string path = PathOf(key);
        if (!File.Exists(path))
            return null;
        try
        {
            Entry? entry = JsonSerializer.Deserialize(File.ReadAllBytes(path), Json.Default.Entry);
            return entry is { Time: { Name: not null, Prefill: not null, Decode: not null } time, Recipe: not null }
                && entry.Key == key && entry.Digest == DigestOf(key, time) && entry.Recipe.SequenceEqual(Lines(recipe)) ? time : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Stores a time.</summary>
    /// <param name="recipe">All that it depends on; written beside it for readers.</param>
    /// <param name="time">The time.</param>
    public void Store(Recipe recipe, MeasuredTime time)
    {
        string key = recipe.Fingerprint;
        var entry = new Entry(key, time, DigestOf(key, time), Lines(recipe));
        AtomicFile.WriteText(PathOf(key), JsonSerializer.Serialize(entry, Json.Default.Entry));
    }

    private static string DigestOf(string key, MeasuredTime time) => Fingerprint.Of(
        key,
        time.Name,
        time.Prefill.MedianMilliseconds,
        time.Prefill.SpreadMilliseconds,
        time.Prefill.Samples,
        time.Decode.MedianMilliseconds,
        time.Decode.SpreadMilliseconds,
        time.Decode.Samples);

    private static string[] Lines(Recipe recipe) => recipe.ToString().Split('\n');

    private string PathOf(string key) => Path.Combine(folder, key + ".json");

    internal sealed record Entry(string Key, MeasuredTime Time, string Digest, string[] Recipe);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
    [JsonSerializable(typeof(Entry))]
    private sealed partial class Json : JsonSerializerContext;
}
