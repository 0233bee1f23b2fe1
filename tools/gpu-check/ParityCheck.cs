using Puzzle.Distillation;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.GpuCheck;

/// <summary>Compares what the loops make on a device with what the processor makes in 32 bits.</summary>
internal sealed class ParityCheck(CheckSizes sizes, ComputeDevice device)
{
    // Sums of another order over a few steps; TF32 keeps 10 bits of a factor, brain floats 7.
    private const double Float32Allowed = 1e-3, TensorFloatAllowed = 2e-2, BrainFloatAllowed = 1e-1;

    // Greedy tokens part for good where two were nearly alike, which random weights make likely.
    private const double TokensAllowed = 0.5;

    private readonly PackedTokenDataset _text = CheckTraining.Text(sizes.Parity, sizes.ParityTokens);

    public async Task<IReadOnlyList<ParityRow>> RunAsync(CancellationToken cancellationToken)
    {
        Results expected = await ResultsAsync(CPU, TrainingPrecision.Float32, cancellationToken);
        var rows = new List<ParityRow>();
        foreach ((string name, bool tensorFloats, TrainingPrecision precision, double allowed) in new[]
        {
            ("fp32", false, TrainingPrecision.Float32, Float32Allowed),
            ("TF32", true, TrainingPrecision.Float32, TensorFloatAllowed),
            ("bf16", true, TrainingPrecision.BFloat16, BrainFloatAllowed),
        })
        {
            if (device.IsCuda)
                backends.cuda.matmul.allow_tf32 = tensorFloats;
            Results found = await ResultsAsync(device.Torch, precision, cancellationToken);
            rows.Add(new("blockwise distillation, last losses", name, Largest(expected.Blockwise, found.Blockwise), allowed));
            rows.Add(new("scores, KL divergence", name, Largest(expected.Scores, found.Scores), allowed));
            rows.Add(new("global distillation, losses", name, Largest(expected.Global, found.Global), allowed));
            rows.Add(new("generation, tokens", name, Share(expected.Tokens, found.Tokens), TokensAllowed));
        }
        return rows;
    }

    private async Task<Results> ResultsAsync(Device where, TrainingPrecision precision, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("puzzle-gpu-check").FullName;
        try
        {
            using CausalLanguageModel parent = CheckTraining.Parent(sizes.Parity, where, ScalarType.Float32);
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder, "check");
            BlockwiseDistillationResult crafted = await CheckTraining.BlockwiseAsync(
                parent, _text, library, .., sizes.Steps, precision, cancellationToken);
            double[] losses =
                [.. crafted.Variants.Where(variant => !variant.IsParent).Select(variant => library.ReadCurve(variant)[^1].Loss)];
            Dictionary<string, double> scores = await CheckTraining.ScoreAsync(parent, _text, library, crafted, cancellationToken);
            IReadOnlyList<LossRecord> curve = await CheckTraining.GlobalAsync(parent, _text, sizes.Steps, precision, cancellationToken);
            int[] tokens = TextGeneration.Generate(
                parent, [_text[0][..8].ToArray()], new GenerationOptions { MaxNewTokens = 32, Temperature = 0 }, cancellationToken)[0];
            return new Results(
                losses, [.. scores.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => score.Value)],
                [.. curve.Select(point => point.Loss)], tokens);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Relative to the largest, so that scores of almost nothing do not count.
    private static double Largest(double[] expected, double[] found) =>
        expected.Zip(found, (one, other) => Math.Abs(one - other)).Max() / expected.Max(Math.Abs);

    private static double Share(int[] expected, int[] found) =>
        expected.Length == found.Length ? expected.Zip(found).Count(pair => pair.First != pair.Second) / (double)expected.Length : 1;

    private sealed record Results(double[] Blockwise, double[] Scores, double[] Global, int[] Tokens);
}
