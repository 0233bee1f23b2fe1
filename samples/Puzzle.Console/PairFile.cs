using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.ConsoleApp;

/// <summary>The pairs to train together: a JSON array with an array of block names for each layer.</summary>
internal static class PairFile
{
    /// <exception cref="CheckpointFormatException">The file is missing or malformed, names an unknown block, or has another number of
    /// layers.</exception>
    public static IReadOnlyList<IReadOnlyList<BlockConfig>> Read(string file, int layers)
    {
        string?[]?[] names;
        try
        {
            names = JsonReader.ReadFile(file, ConsoleJson.Default.StringArrayArray);
        }
        catch (CheckpointFormatException other) when (other.InnerException is JsonException)
        {
            throw new CheckpointFormatException(
                file, $"expected a JSON array of arrays of block names; {other.Message[(file.Length + 2)..]}", other);
        }
        if (names.Any(layer => layer is null || layer.Contains(null)))
            throw new CheckpointFormatException(file, "expected a JSON array of arrays of block names, found null");
        if (names.Length != layers)
            throw new CheckpointFormatException(file, $"there are pairs for {names.Length} layers; the parent has {layers}");
        try
        {
            return [.. names.Select(layer => (IReadOnlyList<BlockConfig>)[.. layer!.Select(name => BlockConfig.Parse(name!))])];
        }
        catch (FormatException unknown)
        {
            throw new CheckpointFormatException(file, unknown.Message, unknown);
        }
    }
}
