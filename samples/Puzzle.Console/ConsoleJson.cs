using System.Text.Json.Serialization;

namespace Puzzle.ConsoleApp;

/// <summary>How the console's own files are written as JSON.</summary>
[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(string[][]))]
[JsonSerializable(typeof(RunStart))]
internal sealed partial class ConsoleJson : JsonSerializerContext;
