using System.Text.Json.Serialization;

namespace Puzzle.Foundation;

/// <summary>How the records of this folder are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = false)]
[JsonSerializable(typeof(FolderDigests))]
[JsonSerializable(typeof(int[][]))]
internal sealed partial class FileJson : JsonSerializerContext;
