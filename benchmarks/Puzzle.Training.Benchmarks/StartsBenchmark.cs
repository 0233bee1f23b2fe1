using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>What variants lose before any training: replace-1-block KL on held-out text, the paper's starts against closed-form ones, per
/// kind of variant; and what the fits cost.</summary>
internal static class StartsBenchmark
{
    private const ulong Seed = 1;

    public static async Task RunAsync(int calibration, int windows, int layers)
    {
        string assets = Path.Combine(AppContext.BaseDirectory, "assets"), folder = Path.Combine(assets, "parent");
        using CausalLanguageModel parent = CausalLanguageModel.Load(folder);
        (TokenCorpus training, TokenCorpus scoring) = TokenCorpus.FromFiles(
            Tokenizer.Load(folder), [Path.Combine(assets, "stories.txt")], "\n\n").Split(0.08, Seed);
        PackedTokenDataset text = training.Pack(256, Seed), scored = scoring.Pack(256, Seed);
        SearchSpace space = SearchSpace.Create(parent.Config, [75, 50, 25, 10], widthMultiple: 16, withLinear: true);
        string work = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;
        try
        {
            using var library = DirectoryBlockLibrary.Open(work, new string('0', 64));
            var request = new BlockwiseDistillationRequest(
                new(parent, library.ParentFingerprint), text, space, library) { Layers = ..layers };
            var options = new BlockwiseDistillationOptions
            {
                Steps = 0,
                CalibrationWindows = calibration,
                Initialization = Initialization.Paper,
            };
            (double paperSeconds, BlockwiseDistillationResult paper) = await DistillAsync(request, options);
            options.Initialization = Initialization.ClosedForm;
            (double closedSeconds, BlockwiseDistillationResult closed) = await DistillAsync(request, options);
            options = new BlockwiseDistillationOptions { CalibrationWindows = calibration, Initialization = Initialization.Paper };
            (double trainedSeconds, _) = await DistillAsync(request with { Layers = (layers - 1)..layers }, options);
            Console.WriteLine(
                FormattableString.Invariant($"starts: {calibration} calibration windows; paper's {paperSeconds:F1} processor seconds, ")
                + FormattableString.Invariant($"closed-form {closedSeconds:F1}, each with the parent's pass; ")
                + FormattableString.Invariant($"{options.Steps} steps of blockwise distillation of one layer {trainedSeconds:F1}"));
            int kept = closed.Variants.Count(variant => !variant.IsParent && library.ReadStart(variant) is { Name: VariantStart.Paper });
            int fitted = closed.Variants.Count(variant => !variant.IsParent && library.ReadStart(variant) is not null);
            Console.WriteLine(FormattableString.Invariant(
                $"starts: of {fitted} fitted variants {kept} start as in the paper, whose held-out block loss was lower"));

            Dictionary<(int Layer, string Block), double> before = await ScoreAsync(
                parent, library, paper, space, scored, windows), after = await ScoreAsync(parent, library, closed, space, scored, windows);
            foreach (var kind in before.GroupBy(pair => pair.Key.Block))
            {
                double geometric = Math.Exp(kind.Average(pair => Math.Log(pair.Value / after[pair.Key])));
                double own = kind.Average(pair => pair.Value), found = kind.Average(pair => after[pair.Key]);
                double least = kind.Min(pair => pair.Value / after[pair.Key]), most = kind.Max(pair => pair.Value / after[pair.Key]);
                Console.WriteLine(
                    FormattableString.Invariant($"starts: {kind.Key,-12} KL {own:F4} paper, {found:F4} closed form: ")
                    + FormattableString.Invariant($"{own / found:F2}x, geometric {geometric:F2}x, per layer {least:F2}x to {most:F2}x"));
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<(double Seconds, BlockwiseDistillationResult Result)> DistillAsync(
        BlockwiseDistillationRequest request, BlockwiseDistillationOptions options)
    {
        double started = ProcessorTime.Seconds;
        BlockwiseDistillationResult result = await new BlockwiseDistiller(options).DistillAsync(request);
        return (ProcessorTime.Seconds - started, result);
    }

    // Blocks with one half replaced, and FFNs beside no attention.
    private static async Task<Dictionary<(int Layer, string Block), double>> ScoreAsync(
        CausalLanguageModel parent, IBlockLibrary library, BlockwiseDistillationResult crafted, SearchSpace space, PackedTokenDataset text,
        int windows)
    {
        BlockVariant[] blocks = [.. BlockComposition.Compose(space, crafted.Variants).SelectMany(layer => layer).Where(block =>
            block.Attention.IsParent != block.Ffn.IsParent
                || (block.Config.Attention is NoOpAttentionConfig && block.Config.Ffn is GatedFfnConfig { IntermediateSize: 352 or 704 }))];
        var scores = new Dictionary<(int, string), double>();
        await foreach (BlockScore score
            in new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = windows })
                .ScoreAsync(new ScoringRequest(parent, library, blocks, text)))
            scores[(score.Layer, score.Config)] = score.Metrics[ScoreMetric.KlDivergence.Name];
        return scores;
    }
}
