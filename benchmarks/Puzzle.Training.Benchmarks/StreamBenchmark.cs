using System.Diagnostics;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>
/// A parent larger than memory: a random model of Llama-3.2-3B's shape in bfloat16 shards, or a checkpoint that is given, is calibrated,
/// every variant of two layers
/// is trained for one step, and each is scored, in less than 6 GiB of resident memory.
/// </summary>
internal static class StreamBenchmark
{
    private const long MaxMemoryBytes = 6L << 30;
    private const int Tokens = 128;
    private static readonly ModelConfig Config = new()
    {
        VocabularySize = 128_256,
        HiddenSize = 3072,
        AttentionHeads = 24,
        HeadSize = 128,
        MaxPositions = 131_072,
        RmsNormEpsilon = 1e-5,
        RopeTheta = 500_000,
        RopeScaling = new Llama3RopeScaling(32, 1, 4, 8192),
        TieWordEmbeddings = true,
        Architecture = Architecture.Uniform(28, new BlockConfig(new GroupedQueryAttentionConfig(8), new GatedFfnConfig(8192))),
    };

    /// <param name="scratch">A folder with 12 GB of free space. What is written is removed.</param>
    /// <param name="parentFolder">A checkpoint to use; null for a random one.</param>
    public static async Task RunAsync(string scratch, string? parentFolder)
    {
        string folder = Path.Combine(scratch, $"puzzle-stream-{Path.GetRandomFileName()}");
        try
        {
            string checkpoint = parentFolder ?? Path.Combine(folder, "parent");
            if (parentFolder is null)
                Measure("write the checkpoint", () => RandomWeights.Save(checkpoint, Config, seed: 1));
            string[] shards = Directory.GetFiles(checkpoint, "*.safetensors");
            string fingerprint = Measure("fingerprint", () =>
            {
                using CheckpointFolder opened = CheckpointFolder.Open(checkpoint);
                return opened.ComputeFingerprint();
            });
            using CausalLanguageModel parent = Measure("open", () => CausalLanguageModel.Open(
                checkpoint, new StreamingOptions { MaxMemoryBytes = MaxMemoryBytes, ScratchFolder = Path.Combine(folder, "scratch") }));
            Print($"{parent.ParameterCount / 1e9:F2} G parameters in {shards.Length} shards of "
                + $"{shards.Sum(shard => new FileInfo(shard).Length) / 1e9:F2} GB; {MaxMemoryBytes} bytes allowed");
            using var library = DirectoryBlockLibrary.Open(Path.Combine(folder, "library"), fingerprint);
            BlockwiseDistillationResult crafted = await MeasureAsync(
                "calibration, one step of every variant", () => DistilAsync(parent, library));
            List<BlockScore> scores = await MeasureAsync("scores", () => ScoreAsync(parent, library, crafted));
            Print($"{library.Variants.Count} variants of layers {string.Join(" and ", Layers(parent))} made, {scores.Count} blocks scored");
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<BlockwiseDistillationResult> DistilAsync(CausalLanguageModel parent, DirectoryBlockLibrary library)
    {
        int[] layers = Layers(parent);
        SearchSpace paper = SearchSpace.Paper(parent.Config);
        var space = new SearchSpace(
            parent.Config.Architecture,
            [.. Enumerable.Range(0, parent.Config.Layers).Select(layer => layers.Contains(layer) ? paper.Attention(layer) : [])],
            [.. Enumerable.Range(0, parent.Config.Layers).Select(layer => layers.Contains(layer) ? paper.Ffn(layer) : [])]);
        var distiller = new BlockwiseDistiller(
            new BlockwiseDistillationOptions { Steps = 1, BatchSize = 2, CalibrationWindows = 2, HeldOutWindows = 2, Workers = 2 });
        return distiller.DistillAsync(
            new BlockwiseDistillationRequest(new(parent, library.ParentFingerprint), Windows(parent, 4), space, library));
    }

    // Every variant beside the parent's other half.
    private static async Task<List<BlockScore>> ScoreAsync(
        CausalLanguageModel parent, IBlockLibrary library, BlockwiseDistillationResult crafted)
    {
        int[] layers = Layers(parent);
        BlockVariant[] candidates = [..
            from attention in crafted.Variants
            from ffn in crafted.Variants
            where attention.Key.Kind == SubblockKind.Attention && ffn.Key.Kind == SubblockKind.Ffn && attention.Key.Layer == ffn.Key.Layer
            where layers.Contains(attention.Key.Layer) && (attention.IsParent || ffn.IsParent)
            select new BlockVariant(attention, ffn)];
        var scores = new List<BlockScore>();
        var scorer = new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = 2, BatchSize = 2, Workers = 2 });
        await foreach (BlockScore score in scorer.ScoreAsync(new ScoringRequest(parent, library, candidates, Windows(parent, 2))))
            scores.Add(score);
        return scores;
    }

    private static PackedTokenDataset Windows(CausalLanguageModel parent, int count)
    {
        var random = new Random(5);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, count).Select(
                _ => (IReadOnlyList<int>)[.. Enumerable.Range(0, Tokens).Select(_ => random.Next(parent.Config.VocabularySize))])],
            parent.Config.VocabularySize, seed: 1);
    }

    // One in the middle, whose candidates run through half the model, and the last.
    private static int[] Layers(CausalLanguageModel parent) => [(parent.Config.Layers / 2) - 1, parent.Config.Layers - 1];

    private static void Measure(string name, Action run) => Measure(name, () =>
    {
        run();
        return true;
    });

    private static T Measure<T>(string name, Func<T> run) => MeasureAsync(name, () => Task.FromResult(run())).GetAwaiter().GetResult();

    private static async Task<T> MeasureAsync<T>(string name, Func<Task<T>> run)
    {
        ResidentMemory.ResetPeak();
        long started = Stopwatch.GetTimestamp();
        T result = await run();
        Print($"{name}: {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s, peak resident {ResidentMemory.Peak / 1073741824.0:F2} GiB "
            + $"({ResidentMemory.Mapped / 1073741824.0:F2} GiB of it code and mapped files), "
            + $"{(ResidentMemory.Peak < MaxMemoryBytes ? "below" : "NOT below")} 6 GiB");
        return result;
    }

    private static void Print(string text) => Console.WriteLine($"stream: {text}");
}
