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

/// <summary>What training a subblock beside the no-op that its partner is gains on the embedded parent: scores of blocks with one no-op,
/// with and without.</summary>
internal static class BesideNoOpsBenchmark
{
    private const ulong Seed = 1;

    public static async Task RunAsync(int steps, int layers)
    {
        string assets = Path.Combine(AppContext.BaseDirectory, "assets"), folder = Path.Combine(assets, "parent");
        using CausalLanguageModel parent = CausalLanguageModel.Load(folder);
        (TokenCorpus training, TokenCorpus scoring) = TokenCorpus.FromFiles(
            Tokenizer.Load(folder), [Path.Combine(assets, "stories.txt")], "\n\n").Split(0.08, Seed);
        PackedTokenDataset text = training.Pack(256, Seed), scored = scoring.Pack(256, Seed);
        SearchSpace space = SearchSpace.Create(parent.Config, [75, 50, 25, 10], widthMultiple: 16, withLinear: false);
        string work = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;
        try
        {
            using var library = DirectoryBlockLibrary.Open(work, new string('0', 64));
            var request = new BlockwiseDistillationRequest(
                new(parent, library.ParentFingerprint), text, space, library) { Layers = ..layers };
            (double plainSeconds, BlockwiseDistillationResult plain) = await DistilAsync(request, steps, NoOpPartners.None);
            (double ffnSeconds, BlockwiseDistillationResult ffns) = await DistilAsync(request, steps, NoOpPartners.Attention);
            (double attentionSeconds, BlockwiseDistillationResult all) = await DistilAsync(request, steps, NoOpPartners.Both);
            int alone = plain.Variants.Count(variant => !variant.IsParent);
            int besideAttention = ffns.Variants.Count - plain.Variants.Count, besideFfn = all.Variants.Count - ffns.Variants.Count;
            Console.WriteLine(
                FormattableString.Invariant($"beside no-ops: {alone} variants take {plainSeconds:F1} processor seconds, ")
                + FormattableString.Invariant($"{besideAttention} FFNs beside no attention {ffnSeconds:F1}, ")
                + FormattableString.Invariant($"{besideFfn} attentions beside no FFN {attentionSeconds:F1}"));

            Dictionary<(int Layer, string Block), double> before = await ScoreAsync(
                parent, library, plain, space, scored), after = await ScoreAsync(parent, library, all, space, scored);
            foreach (((int layer, string block), double score) in before.OrderBy(pair => pair.Key.Item1))
            {
                double with = after[(layer, block)];
                Console.WriteLine(FormattableString.Invariant(
                    $"beside no-ops: layer {layer} {block,-10} KL {score:F4} without, {with:F4} with: {with / score:P0}"));
            }
            foreach (var kind
                in before.GroupBy(
                    pair => pair.Key.Block.StartsWith("noop", StringComparison.Ordinal) ? "without attention" : "without FFN"))
            {
                double left = kind.Average(pair => after[pair.Key] / pair.Value);
                int better = kind.Count(pair => after[pair.Key] < pair.Value);
                Console.WriteLine(
                    FormattableString.Invariant($"beside no-ops: blocks {kind.Key}: on average {left:P0} of the KL is left, ")
                    + FormattableString.Invariant($"better in {better} of {kind.Count()}"));
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<(double Seconds, BlockwiseDistillationResult Result)> DistilAsync(
        BlockwiseDistillationRequest request, int steps, NoOpPartners partners)
    {
        double started = ProcessorTime.Seconds;
        BlockwiseDistillationResult result = await new BlockwiseDistiller(
            new BlockwiseDistillationOptions { Steps = steps, TrainBesideNoOps = partners }).DistillAsync(request);
        return (ProcessorTime.Seconds - started, result);
    }

    private static async Task<Dictionary<(int Layer, string Block), double>> ScoreAsync(
        CausalLanguageModel parent, IBlockLibrary library, BlockwiseDistillationResult crafted, SearchSpace space, PackedTokenDataset text)
    {
        BlockVariant[] blocks = [.. BlockComposition.Compose(space, crafted.Variants).SelectMany(layer => layer)
            .Where(block => block.Config.Attention is NoOpAttentionConfig ^ block.Config.Ffn is NoOpFfnConfig)];
        var scores = new Dictionary<(int, string), double>();
        await foreach (BlockScore score
            in new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = 8 })
                .ScoreAsync(new ScoringRequest(parent, library, blocks, text)))
            scores[(score.Layer, score.Config)] = score.Metrics[ScoreMetric.KlDivergence.Name];
        return scores;
    }
}
