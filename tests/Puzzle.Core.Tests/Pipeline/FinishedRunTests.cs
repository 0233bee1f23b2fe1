using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Pipeline;

/// <summary>What a work folder holds decides what a run in it gives: nothing is measured, chosen or made twice.</summary>
public sealed class FinishedRunTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CausalLanguageModel _parent = TinyModel.Loud();
    private readonly RestlessProfiler _profiler = new();
    private readonly CountingSolver _solver = new();

    public void Dispose()
    {
        _parent.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task RunAgain_GivesTheSameToTheLastBitAndMakesNothing()
    {
        PuzzleResult first = await RunAsync(2);
        Dictionary<string, (string, DateTime)> files = Files();

        PuzzleResult second = await RunAsync(2);

        Assert.Equal(Text(first), Text(second));
        Assert.Equal(files, Files());
        Assert.Equal(1, _profiler.Calls);
        Assert.Equal(1, _solver.Calls);
    }

    [Theory]
    [InlineData(PuzzleStage.Score)]
    [InlineData(PuzzleStage.Assemble)]
    [InlineData(PuzzleStage.Evaluate)]
    public async Task RunAgain_AfterItWasStopped_GoesOnWithTheCostsThatWereMeasured(PuzzleStage stage)
    {
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(2, new Immediate(update =>
        {
            if (update.Stage == stage)
                cancellation.Cancel();
        }), cancellation.Token));
        double measured = _profiler.Factor;

        PuzzleResult result = await RunAsync(2);

        Assert.Equal(1, _profiler.Calls);
        Assert.Equal(measured, result.Costs.NonBlock.PrefillMilliseconds);
    }

    [Fact]
    public async Task AnotherTarget_SaysWhichStagesAreMadeAnewAndKeepsWhatWas()
    {
        PuzzleResult first = await RunAsync(2);
        byte[] child = File.ReadAllBytes(Path.Combine(first.Child!.Folder, "model.safetensors"));
        var told = new List<PuzzleProgress>();

        PuzzleResult other = await RunAsync(1, new Immediate(told.Add));

        Assert.NotEqual(first.Child.Architecture, other.Child!.Architecture);
        Assert.Equal(
            [PuzzleStage.Assemble, PuzzleStage.Uptrain, PuzzleStage.Evaluate],
            told.TakeWhile(update => update.Share == 0).Select(update => update.Stage));
        Assert.Contains("the target", told[0].Detail, StringComparison.Ordinal);
        string kept = Assert.Single(Directory.GetDirectories(_folder["work/kept"], "child-*"));
        Assert.Equal(child, File.ReadAllBytes(Path.Combine(kept, "model.safetensors")));

        PuzzleResult again = await RunAsync(2);

        Assert.Equal(Text(first), Text(again));
        Assert.Equal(child, File.ReadAllBytes(Path.Combine(again.Child!.Folder, "model.safetensors")));
        Assert.Equal(1, _profiler.Calls);
    }

    [Fact]
    public async Task Changes_NameTheInputsOfEachStage()
    {
        await RunAsync(2);
        PuzzlePipeline pipeline = Pipeline();
        PuzzleRequest request = Request(2);

        Assert.Empty(pipeline.Changes(request));
        Assert.Empty(pipeline.Changes(request with { WorkDirectory = _folder["other"] }));
        Assert.Equal(
            [PuzzleStage.Evaluate],
            pipeline.Changes(request with { HeldOutText = TinyModel.Windows(3, seed: 8) }).Select(change => change.Stage));
        IReadOnlyList<StageChange> changes = pipeline.Changes(
            request with { Workload = new Workload(2, 8, 8), ScoringText = TinyModel.Windows(3, seed: 8) });
        Assert.Equal(
            [PuzzleStage.Profile, PuzzleStage.Score, PuzzleStage.Assemble, PuzzleStage.Uptrain, PuzzleStage.Evaluate],
            changes.Select(change => change.Stage));
        Assert.Equal(["the workload"], changes[0].Inputs);
        Assert.Equal(["the workload", "the scoring text"], changes[^1].Inputs);
    }

    [Fact]
    public async Task DamagedChild_IsMadeAnew()
    {
        PuzzleResult first = await RunAsync(2);
        string weights = Path.Combine(first.Child!.Folder, "model.safetensors");
        byte[] whole = File.ReadAllBytes(weights);
        byte[] damaged = [.. whole];
        damaged[^5] ^= 1;
        File.WriteAllBytes(weights, damaged);
        Assert.Throws<CheckpointFormatException>(() => CausalLanguageModel.Load(first.Child.Folder).Dispose());

        await RunAsync(2);

        Assert.Equal(whole, File.ReadAllBytes(weights));
    }

    [Fact]
    public async Task WorkFolderInUse_IsRefused()
    {
        await RunAsync(2);
        using FileLock other = FileLock.Take(_folder["work/run.lock"], "it");

        Assert.Contains("in use", (await Assert.ThrowsAsync<IOException>(() => RunAsync(2))).Message, StringComparison.Ordinal);
    }

    private Task<PuzzleResult> RunAsync(
        int attentionLayers, IProgress<PuzzleProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Pipeline().RunAsync(Request(attentionLayers), progress, cancellationToken);

    private PuzzlePipeline Pipeline() => new(
        new Fakes.Blockwise(), new Fakes.Global(), new Fakes.Scorer(), _profiler, _solver,
        [new SearchBaseline("same", new Fakes.Solver())], options: new PuzzleOptions { Objective = "harm" });

    private PuzzleRequest Request(int attentionLayers) => new()
    {
        Parent = new(_parent, "parent"),
        TrainingText = TinyModel.Windows(4),
        ScoringText = TinyModel.Windows(2, seed: 5),
        HeldOutText = TinyModel.Windows(2, seed: 6),
        SearchSpace = SearchSpace.Uniform(_parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]),
        Workload = new Workload(1, 8, 8),
        Target = new DeploymentTarget { AttentionLayers = CostBound.AtMost(attentionLayers) },
        WorkDirectory = _folder["work"],
    };

    private Dictionary<string, (string, DateTime)> Files() => Directory.GetFiles(_folder["work"], "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) is not (RunInputs.FileName or "library.lock"))
        .ToDictionary(file => file, file => (Convert.ToHexString(File.ReadAllBytes(file)), File.GetLastWriteTimeUtc(file)));

    private static string Text(PuzzleResult result) => string.Join('\n', (string[])
    [
        ProblemIdentity.Of(result.Problem), ProblemIdentity.Of(result.Library.ToProblem("harm")), result.Parent.ToString(),
        JsonSerializer.Serialize(new Kept<SearchResult>("", result.Search), RecordJson.Default.KeptSearchResult),
        JsonSerializer.Serialize(new Kept<CostTable>("", result.Costs), RecordJson.Default.KeptCostTable),
        .. result.Baselines.Prepend(result.Child!).Select(candidate => string.Join(' ', (string[])
        [
            candidate.Name, candidate.Architecture.ToString(), candidate.Folder, candidate.Assembled.ToString(), $"{candidate.Uptrained}",
            candidate.PredictedCost.ToString(),
            JsonSerializer.Serialize(new Kept<SearchResult>("", candidate.Result), RecordJson.Default.KeptSearchResult),
            .. candidate.Blocks.Select(block => block.Id),
        ])),
    ]);

    /// <summary>Measures another time at every call, as hardware does.</summary>
    private sealed class RestlessProfiler : IThroughputProfiler
    {
        public int Calls { get; private set; }

        public double Factor => Calls / 3.0;

        public Task<CostTable> ProfileAsync(
            ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            CostTable table = MemoryModel.Table(request);
            return Task.FromResult(table with { NonBlock = table.NonBlock with { PrefillMilliseconds = Factor } });
        }
    }

    private sealed class Immediate(Action<PuzzleProgress> report) : IProgress<PuzzleProgress>
    {
        private readonly Lock _gate = new();

        public void Report(PuzzleProgress value)
        {
            lock (_gate)
                report(value);
        }
    }

    private sealed class CountingSolver : IArchitectureSolver
    {
        public int Calls { get; private set; }

        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
        {
            Calls++;
            return new Fakes.Solver().Solve(problem, cancellationToken) with { Elapsed = TimeSpan.FromTicks(Calls) };
        }
    }
}
