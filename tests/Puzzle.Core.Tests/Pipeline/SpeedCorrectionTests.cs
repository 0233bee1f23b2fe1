using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Pipeline;

/// <summary>Summed costs say that each of six subblocks saves 10 of 70 ms; in truth it saves 6.</summary>
public sealed class SpeedCorrectionTests
{
    [Fact]
    public async Task RunAsync_ChildSlowerThanItsCostsSay_IsReplacedByOneThatMeetsTheTarget()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        var profiler = new OptimisticProfiler();

        PuzzleResult result = await Pipeline(profiler, corrections: 2).RunAsync(Request(parent, folder.Path));

        Assert.Equal([2, 4], result.SpeedChecks.Select(check => Removed(check.Architecture)));
        Assert.Equal([70.0 / 50, 70.0 / 30], result.SpeedChecks.Select(check => check.PredictedSpeedup));
        Assert.Equal([70.0 / 58, 70.0 / 46], result.SpeedChecks.Select(check => check.MeasuredSpeedup));
        Assert.Equal(result.SpeedChecks[^1].Architecture, result.Child!.Architecture);
    }

    [Fact]
    public async Task RunAsync_Again_MeasuresNothingAndGivesTheSame()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        PuzzleResult first = await Pipeline(new OptimisticProfiler(), corrections: 2).RunAsync(Request(parent, folder.Path));
        var profiler = new OptimisticProfiler();

        PuzzleResult second = await Pipeline(profiler, corrections: 2).RunAsync(Request(parent, folder.Path));

        Assert.Equal(0, profiler.Measured);
        Assert.Equal(first.Child!.Architecture, second.Child!.Architecture);
        Assert.Equal(first.SpeedChecks, second.SpeedChecks);
    }

    [Fact]
    public async Task RunAsync_WithoutCorrections_TrustsTheCosts()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        var profiler = new OptimisticProfiler();

        PuzzleResult result = await Pipeline(profiler, corrections: 0).RunAsync(Request(parent, folder.Path));

        Assert.Equal(2, Removed(result.Child!.Architecture));
        Assert.Empty(result.SpeedChecks);
        Assert.Equal(0, profiler.Measured);
    }

    [Fact]
    public async Task RunAsync_TargetOutOfRealReach_KeepsTheFirstChildAndShowsTheMiss()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();

        PuzzleResult result = await Pipeline(new OptimisticProfiler(), corrections: 2).RunAsync(
            Request(parent, folder.Path) with { Target = DeploymentTarget.Speedup(6) });

        SpeedCheck check = Assert.Single(result.SpeedChecks);
        Assert.Equal(check.Architecture, result.Child!.Architecture);
        Assert.True(check.MeasuredSpeedup < 6 && check.PredictedSpeedup >= 6);
    }

    private static int Removed(Architecture architecture) =>
        architecture.Count(block => block.Attention is NoOpAttentionConfig) + architecture.Count(block => block.Ffn is NoOpFfnConfig);

    private static PuzzlePipeline Pipeline(IThroughputProfiler profiler, int corrections) => new(
        new Fakes.Blockwise(), new Fakes.Global(), new Fakes.Scorer(), profiler, new Fakes.Solver(), [],
        options: new PuzzleOptions { Objective = "harm", SpeedCorrections = corrections });

    private static PuzzleRequest Request(CausalLanguageModel parent, string folder) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(4),
        ScoringText = TinyModel.Windows(2, seed: 5),
        HeldOutText = TinyModel.Windows(2, seed: 6),
        SearchSpace = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]),
        Workload = new Workload(1, 8, 0),
        Target = DeploymentTarget.Speedup(1.4),
        WorkDirectory = folder,
    };

    private sealed class OptimisticProfiler : IThroughputProfiler
    {
        public int Measured { get; private set; }

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
                CancellationToken cancellationToken = default)
        {
            Measured++;
            return Task.FromResult<IReadOnlyList<ModelThroughput>?>([.. models.Select(model =>
                new ModelThroughput(
                    model.Key, workload, new Timing(70 - (6 * Removed(model.Value.Config.Architecture)), 0, 1), Timing.Zero))]);
        }
    }
}
