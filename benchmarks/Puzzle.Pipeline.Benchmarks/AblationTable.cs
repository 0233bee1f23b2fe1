using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;
using Puzzle.Text;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>The paper's ablations that fit a small machine (sections 6 and 7, appendix F): one thing changed at a time, the same budget
/// each.</summary>
internal sealed class AblationTable(AblationSettings settings)
{
    private const ulong Seed = 1;
    private const int HeldOutWindows = 64;
    private static readonly Workload Workload = new(8, 128, 64);
    private static readonly SearchBaseline[] Baselines =
    [
        new("uniform", new UniformArchitectureSolver()),
        new("greedy", new GreedyArchitectureSolver()),
        new("depth", new DepthArchitectureSolver(new ArchitectureSolver())),
        new("max-params", new MaxParametersArchitectureSolver(new ArchitectureSolver())),
        new("random", new RandomArchitectureSolver(seed: 1)),
    ];

    public async Task RunAsync()
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(settings.Parent);
        using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint);
        string fingerprint = checkpoint.ComputeFingerprint();
        var tokenizer = Tokenizer.Load(settings.Parent);
        Texts own = Load(tokenizer, settings.Text, "\n\n"), second = settings.SecondText is null
            ? own
            : Load(tokenizer, settings.SecondText, null);
        SearchSpace space = SearchSpace.Create(parent.Config, [75, 50, 25, 10], widthMultiple: 16, withLinear: false);
        SearchSpace dropOnly = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]);

        foreach (double speedup in settings.Speedups)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"\nTarget {speedup}x, {settings.BlockwiseSteps} steps of BLD per variant, {settings.GlobalSteps} steps of GKD"));
            Console.WriteLine("| what | predicted speed-up | top-1 kept, assembled | KL, assembled | top-1 kept, healed | KL, healed " +
                "| LM loss, healed |\n|---|---|---|---|---|---|---|");
            await ShowAsync("the whole method", own, space, settings.BlockwiseSteps, "kl_div", Baselines);
            await ShowAsync(
                "from the paper's starts", own, space, settings.BlockwiseSteps, "kl_div", [], start: Initialization.Paper);
            await ShowAsync("without BLD", own, space, 0, "kl_div", []);
            await ShowAsync("without BLD, from the paper's starts", own, space, 0, "kl_div", [], start: Initialization.Paper);
            await ShowAsync("two-stage BLD", own, space, settings.BlockwiseSteps, "kl_div", [], options => options.TwoStage = true);
            await ShowAsync("scored again beside the choice", own, space, settings.BlockwiseSteps, "kl_div", [],
                options => options.ConditionalRounds = 4);
            await ShowAsync("scored by LM loss", own, space, settings.BlockwiseSteps, "lm_loss", []);
            await ShowAsync("space of no-ops only", own, dropOnly, settings.BlockwiseSteps, "kl_div", []);
            if (settings.SecondText is not null)
                await ShowAsync("second text", second, space, settings.BlockwiseSteps, "kl_div", []);

            async Task ShowAsync(string name, Texts texts, SearchSpace alternatives, int blockwiseSteps, string objective,
                SearchBaseline[] baselines, Action<PuzzleOptions>? configure = null,
                Initialization start = Initialization.ClosedForm)
            {
                var options = new PuzzleOptions { Objective = objective, UptrainBaselines = true, SpeedCorrections = 0 };
                configure?.Invoke(options);
                PuzzlePipeline pipeline = Pipeline(blockwiseSteps, start, options, baselines);
                PuzzleResult result = await pipeline.RunAsync(new PuzzleRequest
                {
                    Parent = new(parent, fingerprint),
                    TrainingText = texts.Training,
                    ScoringText = texts.Scoring,
                    HeldOutText = own.HeldOut,
                    SearchSpace = alternatives,
                    Workload = Workload,
                    Target = DeploymentTarget.Speedup(speedup),
                    WorkDirectory = settings.WorkDirectory,
                });
                if (result.Child is null)
                    Console.WriteLine($"| {name} | {result.Search.Status} | | | | | |");
                IEnumerable<PuzzleCandidate> candidates = result.Child is null ? result.Baselines : [result.Child, .. result.Baselines];
                double parentTime = result.Costs.Total(parent.Config.Architecture).RuntimeMilliseconds(Workload);
                foreach (PuzzleCandidate candidate in candidates)
                {
                    string row = candidate == result.Child ? name : candidate.Name + ", healed alike";
                    Console.WriteLine(new AblationRow(
                        row, candidate, result.Parent, parentTime / candidate.PredictedCost.RuntimeMilliseconds(Workload)).ToMarkdown());
                }
            }
        }
    }

    private PuzzlePipeline Pipeline(
        int blockwiseSteps, Initialization start, PuzzleOptions options, IReadOnlyList<SearchBaseline> baselines) => new(
        new BlockwiseDistiller(new BlockwiseDistillationOptions { Steps = blockwiseSteps, Initialization = start }),
        new GlobalDistiller(new GlobalDistillationOptions { Steps = settings.GlobalSteps }),
        new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = settings.ScoringWindows }),
        new TorchThroughputProfiler(new ProfilingOptions { Threads = 1, CachePath = Path.Combine(settings.WorkDirectory, "costs") }),
        new ArchitectureSolver(),
        baselines,
        options: options);

    private Texts Load(Tokenizer tokenizer, string file, string? separator)
    {
        (TokenCorpus rest, TokenCorpus heldOut) = TokenCorpus.FromFiles(tokenizer, [file], separator).Split(0.08, Seed);
        (TokenCorpus training, TokenCorpus scoring) = rest.Split(0.08, Seed + 1);
        PackedTokenDataset packed = heldOut.Pack(settings.SequenceLength, Seed);
        return new Texts(
            training.Pack(settings.SequenceLength, Seed), scoring.Pack(settings.SequenceLength, Seed),
            PackedTokenDataset.FromWindows(
                [.. Enumerable.Range(0, Math.Min(HeldOutWindows, packed.Count))
                    .Select(window => (IReadOnlyList<int>)packed[window].ToArray())], packed.VocabularySize, Seed));
    }

    private sealed record Texts(PackedTokenDataset Training, PackedTokenDataset Scoring, PackedTokenDataset HeldOut);
}
