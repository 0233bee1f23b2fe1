using System.Text.Json.Serialization;

namespace Puzzle.Library;

/// <summary>How the library's records are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(LibraryManifest))]
[JsonSerializable(typeof(VariantHeader))]
[JsonSerializable(typeof(BlockScore))]
[JsonSerializable(typeof(ScoreLine))]
internal sealed partial class LibraryJson : JsonSerializerContext;
