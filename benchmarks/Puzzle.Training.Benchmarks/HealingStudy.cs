using System.Globalization;
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
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Children of the default parent that a search chose from closed-form starts, and text to heal and judge them on.</summary>
internal sealed class HealingStudy : IDisposable
{
    private const ulong Seed = 1;
    private const int HeldOutWindows = 48, ScoringWindows = 8;

    // Costs of a processor that does not depend on how busy this one is.
    private static readonly HardwareSpec Processor = new(
        "two cores", new Dictionary<ElementType, double> { [ElementType.Float32] = 160e9 }, 20e9);

    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;
    private readonly DirectoryBlockLibrary _library;
    private IReadOnlyList<IReadOnlyList<BlockVariant>> _candidates = [];
    private SearchProblem? _problem;

    private HealingStudy(IdentifiedModel parent, Texts texts)
    {
        (IdentifiedParent, Training, Scoring, HeldOut) = (parent, texts.Training, texts.Scoring, texts.HeldOut);
        _library = DirectoryBlockLibrary.Open(_folder, parent.Fingerprint);
    }

    public IdentifiedModel IdentifiedParent { get; }

    public PackedTokenDataset Training { get; }

    public PackedTokenDataset Scoring { get; }

    public PackedTokenDataset HeldOut { get; }

    public static async Task<HealingStudy> CreateAsync(int blockwiseSteps, bool withLinear = true)
    {
        string assets = Path.Combine(AppContext.BaseDirectory, "assets"), folder = Path.Combine(assets, "parent");
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        var parent = IdentifiedModel.Load(checkpoint);
        (TokenCorpus rest, TokenCorpus heldOut) = TokenCorpus.FromFiles(
            Tokenizer.Load(folder), [Path.Combine(assets, "stories.txt")], "\n\n").Split(0.08, Seed);
        (TokenCorpus training, TokenCorpus scoring) = rest.Split(0.08, Seed + 1);
        var study = new HealingStudy(parent, new Texts(
            training.Pack(256, Seed), scoring.Pack(256, Seed), heldOut.Pack(256, Seed).Spread(HeldOutWindows)));
        await study.SearchAsync(blockwiseSteps, withLinear);
        return study;
    }

    /// <summary>Gives the solver's problem of being so many times faster.</summary>
    public SearchProblem Problem(double speedup)
    {
        double runtime = _problem!.TotalsOf(_problem.ParentChoice())[CostName.Runtime];
        return _problem with { Constraints = [new ResourceConstraint(CostName.Runtime, runtime / speedup)] };
    }

    /// <summary>Assembles what a search chooses.</summary>
    public CausalLanguageModel Assemble(double speedup, out string words)
    {
        SearchResult answer = new ArchitectureSolver().Solve(Problem(speedup));
        words = string.Create(CultureInfo.InvariantCulture, $"summed score {answer.Objective:F4}: ")
            + string.Join(' ', BlocksOf(answer).Select(block => block.Config.Name));
        return Assemble(answer);
    }

    /// <summary>Assembles an answer, to be healed.</summary>
    public CausalLanguageModel Assemble(SearchResult answer) =>
        _library.Assemble(BlocksOf(answer), IdentifiedParent.Model, ScalarType.Float32);

    public ModelEvaluation Evaluate(CausalLanguageModel child) => ModelEvaluator.Evaluate(child, IdentifiedParent.Model, HeldOut);

    public void Dispose()
    {
        _library.Dispose();
        IdentifiedParent.Model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private IReadOnlyList<BlockVariant> BlocksOf(SearchResult answer) =>
        [.. answer.Choice.Select(choice => _candidates[choice.Layer][choice.VariantIndex])];

    private async Task SearchAsync(int blockwiseSteps, bool withLinear)
    {
        CausalLanguageModel parent = IdentifiedParent.Model;
        SearchSpace space = SearchSpace.Create(parent.Config, [75, 50, 25, 10], widthMultiple: 16, withLinear);
        double started = ProcessorTime.Seconds;
        BlockwiseDistillationResult crafted = await new BlockwiseDistiller(
            new BlockwiseDistillationOptions { Steps = blockwiseSteps, Initialization = Initialization.ClosedForm })
            .DistillAsync(new BlockwiseDistillationRequest(IdentifiedParent, Training, space, _library));
        double made = ProcessorTime.Seconds;
        _candidates = BlockComposition.Compose(space, crafted.Variants);
        var scores = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        await foreach (BlockScore score
            in new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = ScoringWindows, Mode = ScoringMode.Additive })
                .ScoreAsync(new ScoringRequest(parent, _library, [.. _candidates.SelectMany(layer => layer)], Scoring)))
            scores[score.BlockId] = score;
        CostTable costs = new RooflineThroughputProfiler(Processor)
            .Profile(new ProfilingRequest(parent.Config, space.AllAttention, space.AllFfn, new Workload(8, 128, 64)));
        _problem = SearchProblemFactory.Create(
            _candidates, scores, ScoreObjective.ForMetric(ScoreMetric.KlDivergence), costs, new DeploymentTarget());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"study: {blockwiseSteps} steps of BLD from closed-form starts, {made - started:F0} processor seconds; scores "
                + $"{ProcessorTime.Seconds - made:F0}"));
    }

    private sealed record Texts(PackedTokenDataset Training, PackedTokenDataset Scoring, PackedTokenDataset HeldOut);
}
