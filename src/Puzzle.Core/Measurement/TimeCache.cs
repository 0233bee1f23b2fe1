using System.Text.Json.Serialization;
using Puzzle.Foundation;

namespace Puzzle.Measurement;

/// <summary>Measured times on disk, one file each, named by the hash of all that they depend on. A damaged file counts as absent.</summary>
/// <param name="folder">The folder; created when the first time is stored.</param>
internal sealed partial class TimeCache(string folder)
{
    /// <summary>Gives a stored time, or null.</summary>
    /// <param name="key">The hash.</param>
    public MeasuredTime? Find(string key) =>
        SealedJson.Find(PathOf(key), Json.Default.Entry) is { Time: { Name: not null, Prefill: not null, Decode: not null } time } entry && entry.Key == key ? time : null;

    /// <summary>Stores a time.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="time">The time.</param>
    public void Store(string key, MeasuredTime time) => SealedJson.Write(PathOf(key), new Entry(key, time), Json.Default.Entry);

    private string PathOf(string key) => Path.Combine(folder, key + ".json");

    internal sealed record Entry(string Key, MeasuredTime Time);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Entry))]
    private sealed partial class Json : JsonSerializerContext;
}
