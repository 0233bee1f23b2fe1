using Puzzle.Deployment.Export;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>What parent and child are worth with quantised weights, against the parent as it is.</summary>
internal sealed record QuantisedQuality(ModelEvaluation Parent, ModelEvaluation Child)
{
    public static QuantisedQuality Evaluate(
        CausalLanguageModel parent, CausalLanguageModel child, OnnxExportOptions export, PackedTokenDataset data, IProgress<double> progress, CancellationToken cancellationToken) => new(
        Simulate(parent, parent, export, data, null, cancellationToken),
        Simulate(child, parent, export, data, progress, cancellationToken));

    private static ModelEvaluation Simulate(
        CausalLanguageModel model, CausalLanguageModel parent, OnnxExportOptions export, PackedTokenDataset data, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using CausalLanguageModel quantised = QuantisedWeights.Simulate(model, export);
        return ModelEvaluator.Evaluate(quantised, parent, data, progress: progress, cancellationToken: cancellationToken);
    }
}
