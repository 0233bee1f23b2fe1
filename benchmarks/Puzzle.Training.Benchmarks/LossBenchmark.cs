using System.Diagnostics;
using System.Globalization;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>The paper's table of global distillation losses (appendix F.3) on the embedded parent: one child, one text, the same steps for
/// every row.</summary>
internal static class LossBenchmark
{
    private const int Steps = 80;

    private static readonly (string Name, double LanguageModel, double Cosine, double Kl)[] Rows =
    [
        ("LM", 1, 0, 0), ("LM + KLD", 1, 0, 1), ("KLD", 0, 0, 1), ("LM + cosine", 1, 1, 0), ("cosine", 0, 1, 0),
        ("LM + cosine + KLD", 1, 1, 1), ("cosine + KLD", 0, 1, 1),
    ];

    public static async Task RunAsync()
    {
        using var parent = new EmbeddedParent();
        PackedTokenDataset data = parent.Training(), heldOut = parent.HeldOut();
        var divergences = new Dictionary<string, double>();
        Show("parent", ModelEvaluator.Evaluate(parent.Model, parent.Model, heldOut), 0);
        using (CausalLanguageModel child = parent.Child())
            Show("no training", ModelEvaluator.Evaluate(child, parent.Model, heldOut), 0);
        foreach ((string name, double languageModel, double cosine, double kl) in Rows)
        {
            using CausalLanguageModel child = parent.Child();
            long started = Stopwatch.GetTimestamp();
            await new GlobalDistiller(new GlobalDistillationOptions
            {
                Steps = Steps,
                Workers = 2,
                LanguageModelWeight = languageModel,
                CosineWeight = cosine,
                KlWeight = kl,
            })
                .DistillAsync(new GlobalDistillationRequest(new(parent.Model, "parent"), data, new(child, "child")));
            ModelEvaluation quality = ModelEvaluator.Evaluate(child, parent.Model, heldOut);
            divergences[name] = quality.KlDivergence;
            Show(name, quality, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        Console.WriteLine(
            $"losses: by held-out KL, best first: {string.Join(", ", divergences.OrderBy(row => row.Value).Select(row => row.Key))}");
    }

    private static void Show(string name, ModelEvaluation quality, double seconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"losses: {name,-18} held-out KL {quality.KlDivergence:F4}, LM loss {quality.LanguageModelLoss:F4}, top-1 {quality.Top1:P2}, "
        + $"agreement {quality.Agreement:P2}, {seconds:F0} s"));
}
