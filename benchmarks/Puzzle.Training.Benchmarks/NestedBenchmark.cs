using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>What sharing costs: FFNs of the default parent trained for themselves, and nested at a share of their tokens; KL to the parent
/// when one replaces the parent's, the mean over layers, width by width.</summary>
internal static class NestedBenchmark
{
    private const ulong Seed = 1;
    private const int ScoringWindows = 16;
    private static readonly int[] Percents = [75, 50, 25, 10];

    public static async Task RunAsync(int steps, int layers, double[] shares)
    {
        string assets = Path.Combine(AppContext.BaseDirectory, "assets"), folder = Path.Combine(assets, "parent");
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        var parent = IdentifiedModel.Load(checkpoint);
        using CausalLanguageModel model = parent.Model;
        (TokenCorpus training, TokenCorpus scoring) = TokenCorpus.FromFiles(
            Tokenizer.Load(folder), [Path.Combine(assets, "stories.txt")], "\n\n").Split(0.08, Seed);
        PackedTokenDataset text = training.Pack(256, Seed), judging = scoring.Pack(256, Seed).Spread(ScoringWindows);
        Dictionary<int, double> start = await MeasureAsync("starts", new() { Steps = 0 });
        Dictionary<int, double> alone = await MeasureAsync("each width for itself", new() { Steps = steps });
        foreach (double share in shares)
        {
            Dictionary<int, double> nested = await MeasureAsync(string.Create(CultureInfo.InvariantCulture,
                $"nested, {share:P0} of the tokens"), new() { Steps = steps, NestedWidths = true, NestedShare = share });
            foreach (int width in alone.Keys)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"nested: width {width}, {share:P0} of the tokens: KL {start[width]:F5} -> alone {alone[width]:F5}, nested "
                        + $"{nested[width]:F5}: {(nested[width] / alone[width]) - 1:P1}"));
            }
        }

        async Task<Dictionary<int, double>> MeasureAsync(string what, BlockwiseDistillationOptions options)
        {
            options.TrainBesideNoOps = NoOpPartners.None;
            using var library = new TemporaryLibrary(parent.Fingerprint);
            var widths = SearchSpace.Create(model.Config, Percents, widthMultiple: 16, withLinear: false).AllFfn.OfType<GatedFfnConfig>();
            var space = SearchSpace.Uniform(model.Config.Architecture, [], widths);
            double started = ProcessorTime.Seconds;
            BlockwiseDistillationResult made = await new BlockwiseDistiller(options).DistillAsync(
                new BlockwiseDistillationRequest(parent, text, space, library.Library) { Layers = ..layers });
            double trained = ProcessorTime.Seconds - started;
            BlockVariant[] candidates = [.. made.Variants.Where(variant => !variant.IsParent).Select(ffn => new BlockVariant(
                SubblockVariant.OfParent(model, ffn.Key.Layer, SubblockKind.Attention), ffn))];
            var sums = new Dictionary<int, double>();
            await foreach (BlockScore score in new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = ScoringWindows }).ScoreAsync(
                new ScoringRequest(model, library.Library, candidates, judging)))
            {
                int width = ((GatedFfnConfig)BlockConfig.Parse(score.Config).Ffn).IntermediateSize;
                sums[width] = sums.GetValueOrDefault(width) + (score.Metrics[ScoreMetric.KlDivergence.Name] / layers);
            }
            string words = string.Join(", ", sums.Select(
                sum => string.Create(CultureInfo.InvariantCulture, $"{sum.Key}: {sum.Value:F5}")));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"nested: {what}: {made.StepsTaken} steps, {trained:F1} processor seconds; KL {words}"));
            return sums;
        }
    }

    private sealed class TemporaryLibrary : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;

        public TemporaryLibrary(string fingerprint) => Library = DirectoryBlockLibrary.Open(_folder, fingerprint);

        public DirectoryBlockLibrary Library { get; }

        public void Dispose()
        {
            Library.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
