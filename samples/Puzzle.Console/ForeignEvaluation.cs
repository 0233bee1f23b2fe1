using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Parent and child on a text that neither was distilled on and the parent did not write.</summary>
internal sealed record ForeignEvaluation(ModelEvaluation Parent, ModelEvaluation Child)
{
    public static ForeignEvaluation Run(CausalLanguageModel parent, CausalLanguageModel child, PackedTokenDataset data, IProgress<double> progress, CancellationToken cancellationToken) => new(
        ModelEvaluator.Evaluate(parent, parent, data, cancellationToken: cancellationToken),
        ModelEvaluator.Evaluate(child, parent, data, progress: progress, cancellationToken: cancellationToken));
}
