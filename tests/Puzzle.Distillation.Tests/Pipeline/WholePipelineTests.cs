using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Solving;
using Puzzle.Tests.Training;

namespace Puzzle.Tests.Pipeline;

public sealed class WholePipelineTests
{
    [Fact]
    public async Task RunAsync_RealRoles_FindsAndHealsAChildTwiceTheSame()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        await using ServiceProvider provider = Services();
        PuzzlePipeline pipeline = provider.GetRequiredService<PuzzlePipeline>();

        PuzzleResult first = await pipeline.RunAsync(Request(parent, folder["first"]));
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.RunAsync(
            Request(parent, folder["second"]), new CancelAtStage(PuzzleStage.Uptrain, cancellation), cancellation.Token));
        PuzzleResult second = await pipeline.RunAsync(Request(parent, folder["second"]));

        PuzzleCandidate child = Assert.IsType<PuzzleCandidate>(first.Child);
        Assert.True(child.PredictedCost.ParameterCount <= 0.7 * first.Costs.Total(parent.Config.Architecture).ParameterCount);
        Assert.True(child.Uptrained!.KlDivergence < child.Assembled.KlDivergence);
        Assert.Equal(0, first.Parent.KlDivergence);
        Assert.Equal(["greedy"], first.Baselines.Select(baseline => baseline.Name));
        using CausalLanguageModel saved = CausalLanguageModel.Load(child.Folder), again = CausalLanguageModel.Load(second.Child!.Folder);
        Assert.Equal(child.Architecture, saved.Config.Architecture);
        Assert.Equal(child.PredictedCost.ParameterCount, saved.ParameterCount);
        ModelWeights.Equal(saved, again);
        Assert.Equal(child.Final, second.Child.Final);
    }

    [Fact]
    public async Task RunAsync_TwoStageAndConditionalScores_AreNoWorseOnTheTextTheyChooseBy()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        await using ServiceProvider plain = Services(),
            refined = Services(options => (options.TwoStage, options.ConditionalRounds) = (true, 4));
        PuzzleRequest request = Request(parent, folder["work"]);
        request = request with { HeldOutText = request.ScoringText };

        PuzzleResult first = await plain.GetRequiredService<PuzzlePipeline>().RunAsync(request);
        PuzzleResult better = await refined.GetRequiredService<PuzzlePipeline>().RunAsync(request);
        PuzzleResult again = await refined.GetRequiredService<PuzzlePipeline>().RunAsync(request);

        Assert.Equal(better.Search.Objective, better.Child!.Assembled.KlDivergence, 1e-2);
        Assert.True(better.Child.Assembled.KlDivergence <= first.Child!.Assembled.KlDivergence * 1.05);
        Assert.Equal(better.Child.Architecture, again.Child!.Architecture);
        Assert.Equal(better.Child.Final, again.Child.Final);
        // The second stage's pairs are candidates beside the first stage's.
        Assert.Contains(Directory.GetFiles(folder["work/library"], "*", SearchOption.AllDirectories),
            file => Path.GetFileName(file).Contains("beside", StringComparison.OrdinalIgnoreCase));
    }

    private static ServiceProvider Services(Action<PuzzleOptions>? configure = null) => new ServiceCollection()
        .AddPuzzle(configure)
        .UseReplaceOneBlockScorer()
        .UseBlockwiseDistillation(
            options => (options.Steps, options.BatchSize, options.CalibrationWindows, options.HeldOutWindows) = (8, 2, 4, 2))
        .UseGlobalDistillation(options => (options.Steps, options.BatchSize, options.LearningRate, options.Workers) = (16, 4, 3e-3, 2))
        .UseProfiler(_ => new ShapeProfiler())
        .UseSolver(_ => new MipArchitectureSolver())
        .AddBaseline(new SearchBaseline("greedy", new GreedyArchitectureSolver()))
        .Services.BuildServiceProvider();

    private static PuzzleRequest Request(CausalLanguageModel parent, string folder) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(16),
        ScoringText = TinyModel.Windows(4, seed: 5),
        HeldOutText = TinyModel.Windows(4, seed: 6),
        SearchSpace = SearchSpace.Create(parent.Config, [50, 25], 4, withLinear: false),
        Workload = new Workload(1, 8, 8),
        Target = new DeploymentTarget { Parameters = CostBound.AtMostOfParent(0.7) },
        WorkDirectory = folder,
    };

    private sealed class ShapeProfiler : IThroughputProfiler
    {
        public Task<CostTable> ProfileAsync(
            ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(MemoryModel.Table(request));
    }

    private sealed class CancelAtStage(PuzzleStage stage, CancellationTokenSource cancellation) : IProgress<PuzzleProgress>
    {
        public void Report(PuzzleProgress value)
        {
            if (value.Stage == stage && value.Share > 0.5)
                cancellation.Cancel();
        }
    }
}
