using Puzzle.Deployment.Export;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Reporting;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>What parent and child are worth with quantized weights, against the parent as it is.</summary>
internal static class QuantizedQuality
{
    public static QualityPair Evaluate(
        CausalLanguageModel parent, CausalLanguageModel child, OnnxExportOptions export, PackedTokenDataset data,
        IProgress<double> progress, CancellationToken cancellationToken) => new(
        Simulate(parent, parent, export, data, null, cancellationToken),
        Simulate(child, parent, export, data, progress, cancellationToken));

    private static ModelEvaluation Simulate(
        CausalLanguageModel model, CausalLanguageModel parent, OnnxExportOptions export, PackedTokenDataset data,
        IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using CausalLanguageModel quantized = QuantizedWeights.Simulate(model, export);
        return ModelEvaluator.Evaluate(quantized, parent, data, progress: progress, cancellationToken: cancellationToken);
    }
}
