using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;
using static TorchSharp.torch;

namespace Puzzle.Tests.Pipeline;

/// <summary>Near-optimal architectures tried whole. Of three layers one loses its attention; the summed scores prefer the last.</summary>
public sealed class FinalistTests
{
    private readonly Fakes.Global _global = new();

    [Fact]
    public async Task RunAsync_ThreeFinalists_TakesTheOneClosestToTheParent()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = Parent();
        double[] divergences = [.. new[] { 2, 1, 0 }.Select(layer => DivergenceWithout(parent, layer))];
        int best = Array.IndexOf(divergences, divergences.Min());

        PuzzleResult result = await Pipeline(Options(3)).RunAsync(Request(parent, folder.Path));

        Assert.Equal([1 / 3.0, 0.5, 1], result.Finalists.Select(finalist => finalist.Score));
        Assert.Equal(divergences, result.Finalists.Select(finalist => finalist.Trials[0].KlDivergence));
        Assert.Equal(best, result.Finalists.Index().Single(finalist => finalist.Item.IsChosen).Index);
        Assert.Equal(result.Finalists[best].Architecture, result.Child!.Architecture);
        Assert.Equal(result.Problem.ScoreOf(result.Child.Result.Choice), result.Finalists[best].Score);
        // The worst stayed behind; two were healed with half of a quarter each, the child with all steps.
        int worst = Array.IndexOf(divergences, divergences.Max());
        Assert.Single(result.Finalists[worst].Trials);
        Assert.Equal([0.125, 0.125, 1], _global.Requests.Select(request => request.StepShare));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder.Path, "uptraining"), "trial*"));
    }

    [Fact]
    public async Task RunAsync_Again_TriesNothingAndGivesTheSame()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = Parent();
        PuzzleResult first = await Pipeline(Options(3)).RunAsync(Request(parent, folder.Path));
        _global.Requests.Clear();

        PuzzleResult second = await Pipeline(Options(3)).RunAsync(Request(parent, folder.Path));

        Assert.Equal([1.0], _global.Requests.Select(request => request.StepShare));
        Assert.Equal(first.Child!.Architecture, second.Child!.Architecture);
        Assert.Equal(
            first.Finalists.SelectMany(finalist => finalist.Trials), second.Finalists.SelectMany(finalist => finalist.Trials));
        Assert.Equal(["the finalists"], Pipeline(Options(2)).Changes(Request(parent, folder.Path))[0].Inputs);
    }

    [Fact]
    public async Task RunAsync_EightFinalists_TakeAQuarterOfTheStepsInRounds()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = Parent();
        PuzzleOptions options = Options(8);
        options.FinalistDistance = 1;

        PuzzleResult result = await Pipeline(options).RunAsync(Request(parent, folder.Path));

        Assert.Equal(8, result.Finalists.Count);
        Assert.Equal([1, 1, 1, 1, 2, 2, 3, 3], result.Finalists.Select(finalist => finalist.Trials.Count).Order());
        Assert.Equal(0.25, _global.Requests.SkipLast(1).Sum(request => request.StepShare), 1e-12);
        Assert.Equal(6, _global.Requests.Count - 1);
    }

    [Fact]
    public async Task RunAsync_NoOtherWithinTheGap_TakesTheAnswer()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = Parent();
        PuzzleOptions options = Options(3);
        options.FinalistGap = 0.4;

        PuzzleResult result = await Pipeline(options).RunAsync(Request(parent, folder.Path));

        Assert.Empty(result.Finalists);
        Assert.Equal("gqa-4/48 gqa-4/48 noop/48", result.Child!.Architecture.ToString());
        Assert.Single(_global.Requests);
    }

    [Fact]
    public async Task RunAsync_WinnerThatMeasuresTooSlow_GivesWayToTheNext()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = Parent();

        PuzzleResult result = await new PuzzlePipeline(
            new Fakes.Blockwise(), _global, new Fakes.Scorer(), new LastLayerProfiler(), new Fakes.Solver(), [], options: Options(3))
            .RunAsync(Request(parent, folder.Path) with { Workload = new Workload(1, 8, 0), Target = DeploymentTarget.Speedup(1.1) });

        Assert.True(result.Finalists[0].IsChosen);
        Assert.Equal("gqa-4/48 gqa-4/48 noop/48", result.Child!.Architecture.ToString());
        Assert.Contains(result.Finalists, finalist => finalist.Speed is { MeasuredSpeedup: < 1.1 });
        Assert.Equal(result.Child.Architecture, result.SpeedChecks[^1].Architecture);
    }

    // The first layer's attention hardly matters, which the fake scores do not know.
    private static CausalLanguageModel Parent()
    {
        CausalLanguageModel parent = TinyModel.Loud();
        using var noGradients = no_grad();
        parent.Blocks[0].Attention.Weights[WeightNames.Output].mul_(0.01);
        return parent;
    }

    private static double DivergenceWithout(CausalLanguageModel parent, int layer)
    {
        var weights = parent.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        using CausalLanguageModel child = CausalLanguageModel.Create(
            parent.Config with { Architecture = Without(parent, layer) }, name => weights[name].clone());
        return ModelEvaluator.Evaluate(child, parent, Request(parent, "").ScoringText).KlDivergence;
    }

    private static Architecture Without(CausalLanguageModel parent, int layer) => new(parent.Config.Architecture.Select(
        (block, index) => index == layer ? new BlockConfig(new NoOpAttentionConfig(), block.Ffn) : block));

    private static PuzzleOptions Options(int finalists) => new() { Objective = "harm", Finalists = finalists, FinalistGap = 100 };

    private PuzzlePipeline Pipeline(PuzzleOptions options) =>
        new(new Fakes.Blockwise(), _global, new Fakes.Scorer(), new Fakes.Profiler(), new Fakes.Solver(), [], options: options);

    private static PuzzleRequest Request(CausalLanguageModel parent, string folder) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(4),
        ScoringText = TinyModel.Windows(6, seed: 5),
        HeldOutText = TinyModel.Windows(2, seed: 6),
        SearchSpace = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]),
        Workload = new Workload(1, 8, 8),
        Target = new DeploymentTarget { AttentionLayers = CostBound.AtMost(2) },
        WorkDirectory = folder,
    };

    /// <summary>Every subblock takes as long as any other, but whole models are slow while the last layer has its attention.</summary>
    private sealed class LastLayerProfiler : IThroughputProfiler
    {
        public Task<CostTable> ProfileAsync(
            ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        {
            CostTable table = MemoryModel.Table(request);
            return Task.FromResult(table with
            {
                Attention = table.Attention.ToDictionary(
                    cost => cost.Key, cost => cost.Value with { PrefillMilliseconds = cost.Key is NoOpAttentionConfig ? 0 : 10 }),
                Ffn = table.Ffn.ToDictionary(
                    cost => cost.Key, cost => cost.Value with { PrefillMilliseconds = cost.Key is NoOpFfnConfig ? 0 : 10 }),
                NonBlock = table.NonBlock with { PrefillMilliseconds = 10 },
            });
        }

        public Task<IReadOnlyList<ModelThroughput>?> MeasureAsync(
            IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> models, Workload workload, IProgress<double>? progress = null,
            CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<ModelThroughput>?>([.. models.Select(model => new ModelThroughput(
                model.Key, workload, new Timing(Time(model.Value.Config.Architecture), 0, 1), Timing.Zero))]);

        private static double Time(Architecture architecture) => architecture[^1].Attention is NoOpAttentionConfig ? 60 : 70;
    }
}
