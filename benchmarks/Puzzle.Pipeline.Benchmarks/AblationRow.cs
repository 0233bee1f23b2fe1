using System.Globalization;
using Puzzle.Measurement;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>One way to make a child, and what it gave on the held-out text.</summary>
internal sealed record AblationRow(string Name, PuzzleCandidate Candidate, ModelEvaluation Parent, double PredictedSpeedup)
{
    public string ToMarkdown()
    {
        ModelEvaluation assembled = Candidate.Assembled, final = Candidate.Final;
        return string.Create(CultureInfo.InvariantCulture,
            $"| {Name} | {PredictedSpeedup:F2}x | {assembled.Top1 / Parent.Top1:P1} | {assembled.KlDivergence:F4} | " +
                $"{final.Top1 / Parent.Top1:P1} | {final.KlDivergence:F4} | {final.LanguageModelLoss:F3} |");
    }
}
