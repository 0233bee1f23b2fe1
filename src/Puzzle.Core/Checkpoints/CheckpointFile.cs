using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>Opens files that may be absent or malformed, so that every fault names the file.</summary>
internal static class CheckpointFile
{
    private const int MaxJsonBytes = 100_000_000;

    /// <summary>Reads a JSON file: UTF-8, no comments, no trailing commas, no member twice.</summary>
    /// <exception cref="CheckpointFormatException">The file is absent, too large or not such JSON.</exception>
    public static JsonDocument ReadJson(string path) => ParseJson(RegularFile.ReadAllBytes(path, MaxJsonBytes), path);

    /// <summary>Parses JSON: UTF-8 with or without a byte order mark, no comments, no trailing commas, no member twice.</summary>
    /// <exception cref="CheckpointFormatException">It is not such JSON.</exception>
    public static JsonDocument ParseJson(byte[] json, string path) => JsonReader.Parse(json, path, allowsDuplicates: false);
}
