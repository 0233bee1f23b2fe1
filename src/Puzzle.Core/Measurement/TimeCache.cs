using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Foundation;

namespace Puzzle.Measurement;

/// <summary>Measured times on disk, one file each, named by the hash of all that they depend on. A damaged file counts as absent.</summary>
/// <param name="folder">The folder; created when the first time is stored.</param>
internal sealed partial class TimeCache(string folder)
{
    /// <summary>Gives a stored time, or null.</summary>
    /// <param name="key">The hash.</param>
    public MeasuredTime? Find(string key)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
            return null;
        try
        {
            Entry? entry = JsonSerializer.Deserialize(File.ReadAllBytes(path), Json.Default.Entry);
            return entry is { Time: { Name: not null, Prefill: not null, Decode: not null } time }
                && entry.Key == key && entry.Digest == DigestOf(key, time) ? time : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Stores a time.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="time">The time.</param>
    public void Store(string key, MeasuredTime time)
    {
        var entry = new Entry(key, time, DigestOf(key, time));
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

    private string PathOf(string key) => Path.Combine(folder, key + ".json");

    internal sealed record Entry(string Key, MeasuredTime Time, string Digest);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
    [JsonSerializable(typeof(Entry))]
    private sealed partial class Json : JsonSerializerContext;
}
