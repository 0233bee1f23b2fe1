using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>Peak memory of blockwise distillation over ever longer text, with a bound on activations, at a small shape. Linux.</summary>
internal static class LongTextBenchmark
{
    private const int SequenceLength = 256, BatchSize = 16;
    private const long Bound = 64L << 20;

    private static readonly ModelConfig Config = BenchmarkModel.Config with
    {
        VocabularySize = 256,
        HiddenSize = 64,
        AttentionHeads = 2,
        Architecture = Puzzle.Architectures.Architecture.Uniform(2, BlockConfig.Parse("gqa-2/128")),
    };

    public static async Task RunAsync(int millions)
    {
        using CausalLanguageModel parent = RandomWeights.Create(Config, 1);
        await MeasureAsync(parent, 100_000);
        for (long tokens = 1_000_000; tokens <= millions * 1_000_000L; tokens *= 4)
            await MeasureAsync(parent, tokens);
    }

    private static async Task MeasureAsync(CausalLanguageModel parent, long tokens)
    {
        var random = new Random(5);
        int windows = (int)(tokens / SequenceLength);
        PackedTokenDataset text = PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, windows).Select(
                _ => (IReadOnlyList<int>)[.. Enumerable.Range(0, SequenceLength).Select(_ => random.Next(Config.VocabularySize))])],
            Config.VocabularySize);
        var distiller = new BlockwiseDistiller(new BlockwiseDistillationOptions
        {
            Steps = (windows / BatchSize) - 1, BatchSize = BatchSize, HeldOutWindows = BatchSize, Workers = 1,
            TrainBesideNoOps = NoOpPartners.None, MaxActivationBytes = Bound,
        });
        SearchSpace space = SearchSpace.Uniform(Config.Architecture, [], [new LinearFfnConfig()]);
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder, "parent");
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            ResidentMemory.ResetPeak();
            long before = ResidentMemory.Peak;
            await distiller.DistillAsync(new BlockwiseDistillationRequest(new IdentifiedModel(parent, "parent"), text, space, library));
            long whole = 3L * tokens * Config.HiddenSize * sizeof(float);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"long text: {tokens:N0} tokens: peak {(ResidentMemory.Peak - before) / 1048576.0:F0} MiB above the text; activations at "
                + $"most {Bound >> 20} MiB, all of them would be {whole >> 20} MiB"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
