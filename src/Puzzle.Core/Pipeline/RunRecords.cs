using System.Text.Json.Serialization.Metadata;
using Puzzle.Foundation;

namespace Puzzle.Pipeline;

/// <summary>
/// What the stages of a run found, in files of its work folder: costs, answers, evaluations. A file is named by the hash of all that it
/// depends on, so that changed inputs make new files and the old ones stay; a damaged one is made anew.
/// </summary>
internal sealed class RunRecords(string folder)
{
    private const int KeyDigits = 32;

    /// <summary>Gives what was found before, or finds it now and keeps it.</summary>
    /// <param name="kind">A word for what it is, part of the file's name.</param>
    /// <param name="key">The hash of everything it depends on.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="make">Finds it.</param>
    /// <param name="isFinal">Says whether it is worth keeping; always if null.</param>
    public async Task<T> GetAsync<T>(string kind, string key, JsonTypeInfo<Kept<T>> type, Func<Task<T>> make, Func<T, bool>? isFinal = null)
    {
        string path = Path.Combine(folder, $"{kind}-{key[..KeyDigits]}.json");
        if (SealedJson.Find(path, type) is { } kept && kept.Key == key && kept.Value is not null)
            return kept.Value;
        T made = await make().ConfigureAwait(false);
        if (isFinal?.Invoke(made) != false)
            SealedJson.Write(path, new Kept<T>(key, made), type);
        return made;
    }
}
