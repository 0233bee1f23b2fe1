using System.Text.Json.Serialization;

namespace Puzzle.Work;

/// <summary>How plans and what is known of their units are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(WorkPlanFile))]
[JsonSerializable(typeof(WorkPlanVersion))]
[JsonSerializable(typeof(DoneRecord))]
[JsonSerializable(typeof(WorkerRecord))]
internal sealed partial class WorkJson : JsonSerializerContext;
