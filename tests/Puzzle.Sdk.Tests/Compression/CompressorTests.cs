using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Planning;
using Puzzle.Reporting;
using Puzzle.Search;
using Puzzle.Serving;

namespace Puzzle.Tests.Compression;

public sealed class CompressorTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public CompressorTests()
    {
        using CausalLanguageModel parent = TinyModel.Create(TinyModel.Config(2));
        parent.Save(_folder["parent"]);
        LetterTokenizer.Create().Save(_folder["parent"]);
        var random = new Random(5);
        File.WriteAllText(_folder["text.txt"], string.Join("\n\n", Enumerable.Range(0, 80).Select(_ =>
            string.Join(' ', Enumerable.Range(0, 40).Select(
                _ => string.Concat(Enumerable.Range(0, 4).Select(_ => (char)('a' + random.Next(26)))))) + ".")));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CompressAsync_FolderTextAndTarget_MakesAChildAndItsReports()
    {
        PuzzleResult result = await Compressor.CompressAsync(Request(CostBound.AtMostOfParent(0.9)), Quick);

        RunReport report = RunReport.Read(_folder["work"]);
        Assert.NotNull(result.Child);
        Assert.Equal(result.Child.Architecture.Select(block => block.Name), report.Child!.Architecture);
        Assert.Equal(["parent", "child", "greedy", "uniform"], result.Speeds.Select(speed => speed.Name));
        Assert.Equal(result.Speeds[0].RequestMilliseconds / result.Speeds[1].RequestMilliseconds, report.SpeedupMeasured);
        Assert.Equal(2, report.Layers.Count);
        Assert.NotEmpty(report.BlockwiseCurves);
        Assert.NotNull(report.GlobalCurve);
        Assert.True(File.Exists(_folder["work/block_library.json"]));
        Assert.True(File.Exists(_folder["work/child/tokenizer.json"]));
    }

    [Fact]
    public async Task CompressAsync_TargetThatCannotBeMet_ReportsWhy()
    {
        PuzzleResult result = await Compressor.CompressAsync(Request(CostBound.AtMost(10)), Quick);

        Assert.Null(result.Child);
        Assert.Contains("cannot be met", result.ToString(), StringComparison.Ordinal);
        Assert.NotNull(RunReport.Read(_folder["work"]).Infeasibility);
    }

    [Fact]
    public async Task PlanAsync_ServerThatLoadsNoneOfTheSpace_NamesIt()
    {
        CompressionRequest request = Request(CostBound.AtMostOfParent(0.9)) with
        {
            Server = ServingEngine.LlamaCpp,
            SearchSpace = parent => SearchSpace.Uniform(parent.Architecture, [], [new LinearFfnConfig()]),
        };

        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => Compressor.PlanAsync(request, Quick));

        Assert.Contains(nameof(ServingEngine.LlamaCpp), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlanAsync_TinyParent_CountsWhatTheRunDoes()
    {
        CompressionRequest request = Request(CostBound.AtMostOfParent(0.9));

        RunPlan plan = await Compressor.PlanAsync(request, Quick);
        PuzzleResult result = await Compressor.CompressAsync(request, Quick);

        Assert.True(plan.IsAttainable);
        Assert.Equal(result.Problem.Layers.Sum(layer => layer.Count), plan.Stages.Single(stage => stage.Stage == PuzzleStage.Score).Units);
        Assert.Equal(
            result.Costs.Attention.Count + result.Costs.Ffn.Count + 1,
            plan.Stages.Single(stage => stage.Stage == PuzzleStage.Profile).Units);
        Assert.Equal(result.ParentCost.WeightBytes, plan.ParentCosts.Sum(cost => cost.WeightBytes));
        Assert.InRange(plan.Best!.MemoryShare, 0, 0.9);
        Assert.True(plan.Cheapest.Speedup >= plan.Best.Speedup - 1e-9);
        long variants = plan.Stages[0].Units;
        long stored = Directory.GetFiles(Path.Combine(_folder["work"], "library"), "*.safetensors", SearchOption.AllDirectories).Length;
        Assert.Equal(stored, variants);
        Assert.Contains("The target can be met", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlanAsync_TargetThatCannotBeMet_SaysSoBeforeAnythingIsTrained()
    {
        RunPlan plan = await Compressor.PlanAsync(Request(CostBound.AtMost(10)), Quick);

        Assert.False(plan.IsAttainable);
        Assert.NotNull(plan.Infeasibility);
        Assert.False(Directory.Exists(_folder["work"]));
    }

    private CompressionRequest Request(CostBound memory) => new()
    {
        Parent = _folder["parent"],
        Text = [_folder["text.txt"]],
        Target = new DeploymentTarget { Memory = memory },
        Workload = new Workload(1, 8, 4),
        WorkDirectory = _folder["work"],
        SequenceLength = 32,
    };

    [Fact]
    public async Task PlanAsync_FinalistsFitAndHealedBaselines_AreCounted()
    {
        RunPlan plan = await Compressor.PlanAsync(Request(CostBound.AtMostOfParent(0.9)), puzzle =>
        {
            Quick(puzzle);
            puzzle.UseGlobalDistillation(options => (options.Steps, options.FitWindows) = (8, 32));
            puzzle.Services.Configure<PuzzleOptions>(options => (options.Finalists, options.UptrainBaselines) = (4, true));
        });
        RunPlan plain = await Compressor.PlanAsync(Request(CostBound.AtMostOfParent(0.9)), puzzle =>
        {
            Quick(puzzle);
            puzzle.UseGlobalDistillation(options => options.Steps = 8);
        });

        // Four trials as assembled, two healed with a quarter of eight steps between them.
        Assert.Equal(1 + 4 + 2, Stage(plan, PuzzleStage.Assemble).Units);
        Assert.Equal(1, Stage(plain, PuzzleStage.Assemble).Units);
        Assert.Equal((3 * 8, 8), (Stage(plan, PuzzleStage.Uptrain).Units, Stage(plain, PuzzleStage.Uptrain).Units));
        Assert.True(Stage(plan, PuzzleStage.Assemble).Tokens > 2 * Stage(plain, PuzzleStage.Uptrain).Tokens / 8);
        Assert.True(Stage(plan, PuzzleStage.Uptrain).Operations > 3 * Stage(plain, PuzzleStage.Uptrain).Operations);

        static PlannedStage Stage(RunPlan plan, PuzzleStage stage) => plan.Stages.Single(planned => planned.Stage == stage);
    }

    private static void Quick(IPuzzleBuilder puzzle) => puzzle
        .UseBlockwiseDistillation(options => options.Steps = 2)
        .UseGlobalDistillation(options => options.Steps = 2)
        .UseReplaceOneBlockScorer(options => options.MaxWindows = 2)
        .UseTorchProfiler(options => (options.Rounds, options.MinimumSample, options.CacheBytes) = (1, TimeSpan.Zero, 1 << 16));
}
