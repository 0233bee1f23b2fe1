using Puzzle.Architectures;
using Puzzle.Fusion;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Pipeline;

/// <summary>A run whose child keeps the attention of one layer of four; its other FFNs follow each other.</summary>
public sealed class FusionTests
{
    private readonly Fakes.Global _global = new();
    private readonly WatchingProfiler _profiler = new();

    [Fact]
    public async Task RunAsync_FuseFfns_FusesBeforeTheChildIsMeasuredAndHealed()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 4));

        PuzzleResult plain = await Pipeline(Options(fuse: false)).RunAsync(Request(parent, folder.Path));
        PuzzleResult fused = await Pipeline(Options(fuse: true)).RunAsync(Request(parent, folder.Path));

        Assert.Equal("gqa-4/48 noop/48 noop/48 noop/48", plain.Child!.SavedArchitecture.ToString());
        Assert.Null(plain.Child.Fusion);
        Assert.Equal(plain.Child.Architecture, fused.Child!.Architecture);
        Assert.Equal("gqa-4/noop noop/noop noop/144 noop/48", fused.Child.SavedArchitecture.ToString());
        Assert.Equal([0, 1, 2], Assert.Single(fused.Child.Fusion!.Groups).Layers);
        Assert.Contains(fused.Tables, table => table.Title.Contains("fused", StringComparison.Ordinal));
        // Measured whole, healed and saved as it is.
        Assert.Equal(fused.Child.SavedArchitecture, _profiler.Measured[^1]);
        Assert.NotEqual(_global.Requests[0].Child.Fingerprint, _global.Requests[1].Child.Fingerprint);
        Assert.NotEqual(_global.Requests[0].CheckpointPath, _global.Requests[1].CheckpointPath);
        using CausalLanguageModel saved = CausalLanguageModel.Load(fused.Child.Folder);
        Assert.Equal(fused.Child.SavedArchitecture, saved.Config.Architecture);
        Assert.Equal(ParallelDivergence(parent, plain.Child), fused.Child.Assembled.KlDivergence, 1e-5);
    }

    [Fact]
    public async Task RunAsync_Again_FusesTheSame()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 4));
        PuzzleResult first = await Pipeline(Options(fuse: true)).RunAsync(Request(parent, folder.Path));
        int measured = _profiler.Measured.Count;

        PuzzleResult second = await Pipeline(Options(fuse: true)).RunAsync(Request(parent, folder.Path));

        Assert.Equal(measured, _profiler.Measured.Count);
        Assert.Equal(first.Child!.SavedArchitecture, second.Child!.SavedArchitecture);
        Assert.Equal(
            first.Child.Fusion!.Dependencies.SelectMany(run => run.Distances),
            second.Child.Fusion!.Dependencies.SelectMany(run => run.Distances));
        Assert.Single(_global.Requests.Select(request => request.Child.Fingerprint).Distinct());
    }

    [Fact]
    public async Task Changes_FusionOnOffOrOther_AreNamed()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 4));
        PuzzleRequest request = Request(parent, folder.Path);
        PuzzleOptions other = Options(fuse: true);
        other.FusionThreshold = 0;

        PuzzleResult nothing = await Pipeline(other).RunAsync(request);

        Assert.Empty(nothing.Child!.Fusion!.Groups);
        Assert.Equal(nothing.Child.Architecture, nothing.Child.SavedArchitecture);
        Assert.Empty(Pipeline(other).Changes(request));
        foreach (PuzzleOptions changed in new[] { Options(fuse: true), Options(fuse: false) })
        {
            StageChange change = Pipeline(changed).Changes(request)[0];
            Assert.Equal(PuzzleStage.Assemble, change.Stage);
            Assert.Equal(["the fusion of FFNs"], change.Inputs);
        }
    }

    // The child whose first three FFNs all read the stream behind the first attention.
    private static double ParallelDivergence(CausalLanguageModel parent, PuzzleCandidate plain)
    {
        var weights = parent.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        using CausalLanguageModel child = CausalLanguageModel.Create(
            parent.Config with { Architecture = plain.Architecture }, name => weights[name].clone());
        using CausalLanguageModel fused = FfnFusion.Apply(child, new FusedFfns([], [new FfnGroup([0, 1, 2], 144, 0)]));
        return ModelEvaluator.Evaluate(fused, parent, Request(parent, "").HeldOutText).KlDivergence;
    }

    private static PuzzleOptions Options(bool fuse) =>
        new() { Objective = "harm", FuseFfns = fuse, FusionThreshold = 3, SpeedCorrections = 1 };

    private PuzzlePipeline Pipeline(PuzzleOptions options) =>
        new(new Fakes.Blockwise(), _global, new Fakes.Scorer(), _profiler, new Fakes.Solver(), [], options: options);

    private static PuzzleRequest Request(CausalLanguageModel parent, string folder) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(4),
        ScoringText = TinyModel.Windows(6, seed: 5),
        HeldOutText = TinyModel.Windows(2, seed: 6),
        SearchSpace = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]),
        Workload = new Workload(1, 8, 0),
        Target = new DeploymentTarget { AttentionLayers = CostBound.AtMost(1), Latency = CostBound.AtMost(1000) },
        WorkDirectory = folder,
    };

    /// <summary>Runs models, each in no time, and remembers which.</summary>
    private sealed class WatchingProfiler : IThroughputProfiler
    {
        public List<Architecture> Measured { get; } = [];

        public Task<CostTable> ProfileAsync(
            ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(MemoryModel.Table(request));

        public Task<IReadOnlyList<ModelThroughput>?> MeasureAsync(
            IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> models, Workload workload, IProgress<double>? progress = null,
            CancellationToken cancellationToken = default)
        {
            Measured.AddRange(models.Select(model => model.Value.Config.Architecture));
            return Task.FromResult<IReadOnlyList<ModelThroughput>?>(
                [.. models.Select(model => new ModelThroughput(model.Key, workload, new Timing(1, 0, 1), Timing.Zero))]);
        }
    }
}
