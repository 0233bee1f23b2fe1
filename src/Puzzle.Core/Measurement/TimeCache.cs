using System.Text.Json.Serialization;
using Puzzle.Foundation;

namespace Puzzle.Measurement;

/// <summary>Measured times on disk, one file each, named by the hash of all that they depend on. A damaged file counts as absent.</summary>
/// <param name="folder">The folder; created when the first time is stored.</param>
internal sealed partial class TimeCache(string folder)
{
    /// <summary>Gives a stored time, or null.</summary>
    /// <param name="recipe">All that it depends on.</param>
    public MeasuredTime? Find(Recipe recipe) =>
        SealedJson.Find(
            PathOf(recipe),
            Json.Default.Entry) is { Time: { Name: not null, Prefill: not null, Decode: not null } time, Recipe: not null } entry
        && entry.Recipe.SequenceEqual(Lines(recipe)) ? time : null;

    /// <summary>Stores a time.</summary>
    /// <param name="recipe">All that it depends on; written beside it for readers.</param>
    /// <param name="time">The time.</param>
    public void Store(Recipe recipe, MeasuredTime time) =>
        SealedJson.Write(PathOf(recipe), new Entry(time, Lines(recipe)), Json.Default.Entry);

    private static string[] Lines(Recipe recipe) => recipe.ToString().Split('\n');

    private string PathOf(Recipe recipe) => Path.Combine(folder, recipe.Fingerprint + ".json");

    internal sealed record Entry(MeasuredTime Time, string[] Recipe);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Entry))]
    private sealed partial class Json : JsonSerializerContext;
}
