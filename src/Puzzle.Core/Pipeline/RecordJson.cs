using System.Text.Json.Serialization;
using Puzzle.Fusion;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>How what a run found is written as JSON: every number reads back to the last bit.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true,
    Converters = [typeof(AttentionNameConverter), typeof(FfnNameConverter), typeof(CostNameConverter)])]
[JsonSerializable(typeof(Kept<CostTable>))]
[JsonSerializable(typeof(Kept<SearchResult>))]
[JsonSerializable(typeof(Kept<ModelEvaluation>))]
[JsonSerializable(typeof(Kept<ModelThroughput[]>))]
[JsonSerializable(typeof(Kept<FinalistTrial>))]
[JsonSerializable(typeof(Kept<FusedFfns>))]
[JsonSerializable(typeof(RunInputs))]
internal sealed partial class RecordJson : JsonSerializerContext;
