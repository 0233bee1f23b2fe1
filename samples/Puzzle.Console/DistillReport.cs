using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Distillation;
using Puzzle.Measurement;

namespace Puzzle.ConsoleApp;

/// <summary>What a global distillation reached on held-out text.</summary>
/// <param name="Child">The folder of the result.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="TrainingWindows">Windows of text trained on.</param>
/// <param name="HeldOutWindows">Windows of text that both qualities are of; neither trained on nor used to choose the best weights.</param>
/// <param name="Before">The child as it came.</param>
/// <param name="After">The result.</param>
/// <param name="Fit">What a fit in sequence did before the first step; null if there was none.</param>
internal sealed record DistillReport(
    string Child, int Steps, int TrainingWindows, int HeldOutWindows, DistillReport.Quality Before, DistillReport.Quality After,
    SequentialFit? Fit)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"KL to the parent {Before.KlDiv:F4} -> {After.KlDiv:F4}, LM loss {Before.LmLoss:F4} -> {After.LmLoss:F4}, top-1 " +
            $"{Before.Top1:P1} -> {After.Top1:P1}");

    internal sealed record Quality(double KlDiv, double LmLoss, double Top1, double Agreement)
    {
        public static Quality Of(ModelEvaluation evaluation) =>
            new(evaluation.KlDivergence, evaluation.LanguageModelLoss, evaluation.Top1, evaluation.Agreement);
    }
}
