using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Models;

namespace Puzzle.Tests.Export;

/// <summary>Compares an exported graph with a torch model.</summary>
internal static class LogitParity
{
    private static readonly int[][] Prompts = [[1, 5, 7, 11, 13, 17, 19], [9, 8, 4], [1, 60, 33, 2, 0]];
    private static readonly int[][] Continuations = [[3, 4, 5, 6], [20, 21, 22, 23], [50, 0, 50, 0]];

    /// <summary>Asserts that a batch of prompts of different lengths and the steps after it give torch's logits.</summary>
    public static void Assert(CausalLanguageModel model, CausalLanguageModel expected, OnnxExportOptions options, double tolerance = 1e-4,
        OnnxDevice device = OnnxDevice.Cpu, int[][]? prompts = null)
    {
        prompts ??= Prompts;
        using var exported = new ExportedModel(model, options);
        using OnnxTextGenerator generator = exported.Load(device);
        using var sequences = new OnnxSequences(generator.Decoder, prompts.Length, prompts.Max(prompt => prompt.Length) + 4);
        int[][] soFar = prompts;
        float[] logits = sequences.Start(prompts);
        AssertLast();
        for (int step = 0; step < 4; step++)
        {
            soFar = [.. soFar.Zip(Continuations, (tokens, next) => (int[])[.. tokens, next[step]])];
            logits = sequences.Next([.. Continuations.Select(next => next[step])]);
            AssertLast();
        }

        void AssertLast()
        {
            for (int i = 0; i < soFar.Length; i++)
                AssertClose(ClearModel.Logits(expected, soFar[i])[^1], sequences.Last(logits, i), tolerance);
        }
    }

    public static void AssertClose(float[] expected, ReadOnlySpan<float> found, double tolerance)
    {
        Xunit.Assert.Equal(expected.Length, found.Length);
        Xunit.Assert.True(expected.Max(Math.Abs) > 1, "logits too small to compare");
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected[i] - (double)found[i]));
        Xunit.Assert.True(worst <= tolerance, $"logits differ by {worst}");
    }
}
