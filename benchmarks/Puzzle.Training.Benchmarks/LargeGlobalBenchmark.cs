using System.Diagnostics;
using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>
/// Steps of global distillation of a model whose weights together are more than a span covers: 1.2 G of them, 16 bytes each, below a
/// parent of brain floats that is streamed from its checkpoint.
/// </summary>
internal static class LargeGlobalBenchmark
{
    private const int Tokens = 64;

    // The parent stays out of the way of the child's 19 GB.
    private const long ParentMemory = 3L << 30;

    /// <param name="scratch">A folder with 4 GB of free space. What is written is removed.</param>
    /// <param name="layers">Layers of 42 M weights; 27 and the embeddings are 1.2 G.</param>
    public static async Task RunAsync(string scratch, int layers)
    {
        string folder = Path.Combine(scratch, $"puzzle-large-{Path.GetRandomFileName()}");
        try
        {
            string checkpoint = Path.Combine(folder, "parent");
            RandomWeights.Save(checkpoint, Config(layers), seed: 1);
            using CausalLanguageModel parent = CausalLanguageModel.Open(
                checkpoint, new StreamingOptions { MaxMemoryBytes = ParentMemory, ScratchFolder = Path.Combine(folder, "scratch") });
            using CausalLanguageModel child = CausalLanguageModel.Load(checkpoint, ScalarType.Float32);
            Halve(child);
            ResidentMemory.ResetPeak();
            (double before, long started) = (ProcessorTime.Seconds, Stopwatch.GetTimestamp());
            GlobalDistillationResult result = await new GlobalDistiller(new GlobalDistillationOptions
            {
                Steps = 2, BatchSize = 1, Workers = 1, RecomputeActivations = true, EvaluateEvery = int.MaxValue,
            }).DistillAsync(new GlobalDistillationRequest(new(parent, "parent"), Windows(parent.Config), new(child, "child")));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"large gkd: {child.ParameterCount:N0} weights, two steps of {Tokens} tokens: loss {result.Curve[0].Loss:F4}, then "
                + $"{result.Curve[1].Loss:F4}; {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s, {ProcessorTime.Seconds - before:F0} "
                + $"processor seconds, peak {ResidentMemory.Peak / 1e9:F1} GB"));
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static ModelConfig Config(int layers) => new()
    {
        VocabularySize = 32_000,
        HiddenSize = 2048,
        AttentionHeads = 16,
        HeadSize = 128,
        MaxPositions = 2048,
        RmsNormEpsilon = 1e-5,
        RopeTheta = 10_000,
        TieWordEmbeddings = true,
        Architecture = Architecture.Uniform(layers, new BlockConfig(new GroupedQueryAttentionConfig(16), new GatedFfnConfig(4096))),
    };

    // Another model than its parent, so that there is something to learn.
    private static void Halve(CausalLanguageModel child)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        foreach (TransformerBlock block in child.Blocks)
        {
            foreach (Tensor weight in block.Ffn.Weights.Values)
                weight.mul_(0.5f);
        }
    }

    private static PackedTokenDataset Windows(ModelConfig config)
    {
        var random = new Random(5);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, 2).Select(
                _ => (IReadOnlyList<int>)[.. Enumerable.Range(0, Tokens).Select(_ => random.Next(config.VocabularySize))])],
            config.VocabularySize, seed: 1);
    }
}
