using System.Collections.Concurrent;
using Puzzle.Foundation;

namespace Puzzle.Library;

/// <summary>The recipes of a library's units, a file each, so that a later run can say what changed. A damaged file counts as
/// absent.</summary>
/// <param name="folder">The folder; created when the first recipe is stored.</param>
internal sealed class RecipeFolder(string folder)
{
    // A recipe takes about one kilobyte.
    private const int MaxBytes = 1 << 20;
    private readonly ConcurrentDictionary<string, Recipe> _known = new(StringComparer.Ordinal);

    /// <summary>Stores a recipe, unless it is there.</summary>
    public void Add(Recipe recipe)
    {
        if (Find(recipe.Fingerprint) is not null)
            return;
        AtomicFile.WriteText(PathOf(recipe.Fingerprint), RecipeJson.Write(recipe));
        _known[recipe.Fingerprint] = recipe;
    }

    /// <summary>Gives a stored recipe, or null.</summary>
    /// <param name="fingerprint">Its fingerprint.</param>
    public Recipe? Find(string fingerprint)
    {
        if (_known.TryGetValue(fingerprint, out Recipe? known))
            return known;
        if (fingerprint.Length == 0 || !fingerprint.All(char.IsAsciiHexDigitLower))
            return null;
        return Read(PathOf(fingerprint), fingerprint) is { } read ? _known[fingerprint] = read : null;
    }

    private static Recipe? Read(string file, string fingerprint)
    {
        try
        {
            return File.Exists(file) ? RecipeJson.TryRead(RegularFile.ReadAllBytes(file, MaxBytes), fingerprint) : null;
        }
        catch (CheckpointFormatException)
        {
            return null;
        }
    }

    private string PathOf(string fingerprint) => Path.Combine(folder, fingerprint + ".json");
}
