using System.Diagnostics;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Scoring;
using Puzzle.Search;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>The default parent, its training-free library of a whole space, text to score on, and costs of a small processor.</summary>
internal sealed class ScoringStudy : IDisposable
{
    private static readonly HardwareSpec SmallProcessor = new(
        "two cores", new Dictionary<ElementType, double> { [ElementType.Float32] = 160e9 }, 20e9);

    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;
    private readonly DirectoryBlockLibrary _library;

    private ScoringStudy(CausalLanguageModel parent, PackedTokenDataset data, string fingerprint)
    {
        (Parent, Data) = (parent, data);
        _library = DirectoryBlockLibrary.Open(_folder, fingerprint);
    }

    public CausalLanguageModel Parent { get; }

    public PackedTokenDataset Data { get; }

    public IReadOnlyList<IReadOnlyList<BlockVariant>> Layers { get; private set; } = [];

    public IReadOnlyList<BlockVariant> Blocks => [.. Layers.SelectMany(layer => layer)];

    public CostTable Costs { get; private set; } = null!;

    public static async Task<ScoringStudy> CreateAsync(int windows, int length, Func<ModelConfig, SearchSpace> choose)
    {
        string assets = Assets();
        using CheckpointFolder checkpoint = CheckpointFolder.Open(Path.Combine(assets, "parent"));
        CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint);
        PackedTokenDataset all = TokenCorpus.FromFiles(
            Tokenizer.Load(Path.Combine(assets, "parent")), [Path.Combine(assets, "stories.txt")], "\n\n").Pack(length, 1);
        PackedTokenDataset Windows(int first) => PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(first, windows).Select(window => (IReadOnlyList<int>)all[window].ToArray())], all.VocabularySize, 1);
        var study = new ScoringStudy(parent, Windows(0), checkpoint.ComputeFingerprint());
        SearchSpace space = choose(parent.Config);
        var untrained = new BlockwiseDistillationOptions { Steps = 0, Initialization = Initialization.Paper };
        BlockwiseDistillationResult crafted = await new BlockwiseDistiller(untrained)
            .DistillAsync(
                new BlockwiseDistillationRequest(new(parent, study._library.ParentFingerprint), Windows(windows), space, study._library));
        study.Layers = [.. crafted.Variants.GroupBy(variant => variant.Key.Layer)
            .OrderBy(layer => layer.Key)
            .Select(layer => (IReadOnlyList<BlockVariant>)[..
            from attention in layer where attention.Key.Kind == SubblockKind.Attention
            from ffn in layer where ffn.Key.Kind == SubblockKind.Ffn
            select new BlockVariant(attention, ffn)])];
        study.Costs = new RooflineThroughputProfiler(SmallProcessor)
            .Profile(new ProfilingRequest(parent.Config, space.AllAttention, space.AllFfn, new Workload(8, 128, 64)));
        return study;
    }

    public ScratchScores NewLibrary() => new(_library);

    public async Task<(Dictionary<string, BlockScore> Scores, double Seconds)> ScoreAsync(
        IBlockScorer scorer, IBlockLibrary library, IReadOnlyList<BlockVariant> blocks)
    {
        var scores = new Dictionary<string, BlockScore>();
        long started = Stopwatch.GetTimestamp();
        await foreach (BlockScore score in scorer.ScoreAsync(new ScoringRequest(Parent, library, blocks, Data) { Costs = Costs }))
            scores[score.BlockId] = score;
        return (scores, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>The problem of being so many times faster than the parent.</summary>
    public SearchProblem Problem(IReadOnlyDictionary<string, BlockScore> scores, double speedup)
    {
        SearchProblem problem = SearchProblemFactory.Create(
            Layers, scores, ScoreObjective.ForMetric(ScoreMetric.KlDivergence), Costs, new DeploymentTarget());
        double runtime = problem.TotalsOf(problem.ParentChoice())[CostName.Runtime];
        return problem with { Constraints = [new ResourceConstraint(CostName.Runtime, runtime / speedup)] };
    }

    public SearchResult Solve(IReadOnlyDictionary<string, BlockScore> scores, double speedup) =>
        new ArchitectureSolver().Solve(Problem(scores, speedup));

    /// <summary>What the whole model scores.</summary>
    public async Task<double> MeasureAsync(SearchResult result, ScoringOptions options)
    {
        BlockVariant[] choice = [.. result.Choice.Select(chosen => Layers[chosen.Layer][chosen.VariantIndex])];
        await foreach (BlockScore score
            in new ReplaceOneBlockScorer(options)
                .ScoreAsync(new ScoringRequest(Parent, NewLibrary(), [choice[^1]], Data) { Beside = choice }))
            return score.Metrics["kl_div"];
        return double.NaN;
    }

    public void Dispose()
    {
        _library.Dispose();
        Parent.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Assets()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "samples", "Puzzle.Console", "assets");
            if (Directory.Exists(candidate))
                return candidate;
        }
        throw new DirectoryNotFoundException("samples/Puzzle.Console/assets was not found above the benchmark.");
    }
}
