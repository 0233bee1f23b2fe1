using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Pipeline;

public sealed class PuzzlePipelineTests
{
    private readonly Fakes.Blockwise _blockwise = new();
    private readonly Fakes.Global _global = new();
    private readonly Fakes.Scorer _scorer = new();

    [Fact]
    public async Task RunAsync_FakeRoles_GivesTheBestChildAndSavesIt()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        var progress = new List<PuzzleStage>();

        PuzzleResult result = await Pipeline(new SearchBaseline("same", new Fakes.Solver()))
            .RunAsync(Request(parent, folder.Path, 2), new Collect(progress));

        // One attention less: the last layer's does the least harm.
        PuzzleCandidate child = Assert.IsType<PuzzleCandidate>(result.Child);
        Assert.Equal("gqa-4/48 gqa-4/48 noop/48", child.Architecture.ToString());
        Assert.Equal(1.0 / 3, result.Search.Objective, 1e-12);
        Assert.Equal(2, child.PredictedCost.AttentionLayers);
        Assert.NotNull(child.Uptrained);
        Assert.Equal(child.Uptrained, child.Final);
        Assert.True(child.Assembled.KlDivergence > 0);
        Assert.Equal(0, result.Parent.KlDivergence);
        using CausalLanguageModel saved = CausalLanguageModel.Load(child.Folder);
        Assert.Equal(child.Architecture, saved.Config.Architecture);
        Assert.Equal(child.PredictedCost.ParameterCount, saved.ParameterCount);

        // The library makes the same problem again.
        SearchProblem again = result.Library.ToProblem("harm");
        Assert.Equal(result.Search.Objective, again.ScoreOf(result.Search.Choice));
        Assert.Equal(result.Search.Totals, again.TotalsOf(result.Search.Choice));
        Assert.Equal(result.Problem.ParentChoice(), again.ParentChoice());

        PuzzleCandidate baseline = Assert.Single(result.Baselines);
        Assert.Equal("same", baseline.Name);
        Assert.Equal(child.Architecture, baseline.Architecture);
        Assert.Null(baseline.Uptrained);
        Assert.Single(_global.Requests);
        Assert.Equal(
            [PuzzleStage.Craft, PuzzleStage.Profile, PuzzleStage.Score, PuzzleStage.Assemble, PuzzleStage.Evaluate], progress.Distinct());
    }

    [Fact]
    public async Task RunAsync_InfeasibleTarget_HasNoChildAndSaysWhy()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();

        PuzzleResult result = await Pipeline(new SearchBaseline("same", new Fakes.Solver()))
            .RunAsync(Request(parent, folder.Path, 2) with { Target = new DeploymentTarget { Parameters = CostBound.AtMost(10) } });

        Assert.Null(result.Child);
        Assert.Empty(result.Baselines);
        Assert.Equal(SearchStatus.Infeasible, result.Search.Status);
        Assert.NotNull(result.Search.Infeasibility);
        Assert.Empty(_global.Requests);
    }

    [Theory]
    [InlineData(PuzzleStage.Craft)]
    [InlineData(PuzzleStage.Profile)]
    [InlineData(PuzzleStage.Score)]
    [InlineData(PuzzleStage.Assemble)]
    public async Task RunAsync_StoppedThenRunAgain_GivesTheSameAndRepeatsNothing(PuzzleStage stage)
    {
        using TestFolder whole = new(), part = new();
        using CausalLanguageModel parent = TinyModel.Loud();
        PuzzleResult expected = await new PuzzlePipelineTests().Pipeline().RunAsync(Request(parent, whole.Path, 1));

        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Pipeline().RunAsync(
            Request(parent, part.Path, 1), new Cancel(stage, cancellation), cancellation.Token));
        PuzzleResult result = await Pipeline().RunAsync(Request(parent, part.Path, 1));

        Assert.Equal(6, _blockwise.Made);
        Assert.Equal(12, _scorer.Scored);
        Assert.Equal(expected.Child!.Architecture, result.Child!.Architecture);
        Assert.Equal(expected.Child.Final, result.Child.Final);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(expected.Child.Folder, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(result.Child.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task RunAsync_WorkFolderOfAnotherParent_SaysSo()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        await Pipeline().RunAsync(Request(parent, folder.Path, 2));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Pipeline().RunAsync(Request(parent, folder.Path, 2) with { Parent = new(parent, "other") }));

        Assert.Contains("another parent", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_BaselinesUptrainedOnRequest_GetAResultOfTheirOwn()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();

        PuzzleResult result = await Pipeline(
            new PuzzleOptions { Objective = "harm", UptrainBaselines = true }, new SearchBaseline("same", new Fakes.Solver()))
            .RunAsync(Request(parent, folder.Path, 2));

        Assert.NotNull(Assert.Single(result.Baselines).Uptrained);
        Assert.Equal(2, _global.Requests.Count);
    }

    [Theory]
    [InlineData("child")]
    [InlineData("Library")]
    [InlineData("uptraining")]
    [InlineData("../greedy")]
    [InlineData("")]
    public void Create_BaselineNameThatIsNoFolderOfItsOwn_Throws(string name) =>
        Assert.Throws<ArgumentException>(() => Pipeline(new SearchBaseline(name, new Fakes.Solver())));

    [Fact]
    public void Create_UnknownObjective_NamesTheMetricsThereAre()
    {
        var exception = Assert.Throws<ArgumentException>(() => Pipeline(new PuzzleOptions()));

        Assert.Contains("kl_div", exception.Message, StringComparison.Ordinal);
        Assert.Contains("harm", exception.Message, StringComparison.Ordinal);
    }

    private PuzzlePipeline Pipeline(params SearchBaseline[] baselines) => Pipeline(new PuzzleOptions { Objective = "harm" }, baselines);

    private PuzzlePipeline Pipeline(PuzzleOptions options, params SearchBaseline[] baselines) =>
        new(_blockwise, _global, _scorer, new Fakes.Profiler(), new Fakes.Solver(), baselines, options: options);

    private static PuzzleRequest Request(CausalLanguageModel parent, string folder, int attentionLayers) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(4),
        ScoringText = TinyModel.Windows(2, seed: 5),
        HeldOutText = TinyModel.Windows(2, seed: 6),
        SearchSpace = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]),
        Workload = new Workload(1, 8, 8),
        Target = new DeploymentTarget { AttentionLayers = CostBound.AtMost(attentionLayers) },
        WorkDirectory = folder,
    };

    private sealed class Collect(List<PuzzleStage> stages) : IProgress<PuzzleProgress>
    {
        public void Report(PuzzleProgress value)
        {
            lock (stages)
                stages.Add(value.Stage);
        }
    }

    private sealed class Cancel(PuzzleStage stage, CancellationTokenSource cancellation) : IProgress<PuzzleProgress>
    {
        public void Report(PuzzleProgress value)
        {
            if (value.Stage == stage)
                cancellation.Cancel();
        }
    }
}
