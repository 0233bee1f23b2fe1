using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using Puzzle.Tests.Training;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Global;

/// <summary>Several ranks that train one child are one process with as many workers, and end together.</summary>
public sealed class DataParallelTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(12), HeldOut = TinyModel.Windows(5, seed: 9);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(2, 2, TrainingPrecision.BFloat16)]
    public async Task DistillAsync_Ranks_GiveTheBitsOfOneProcessWithAsManyWorkers(
        int ranks, int workers, TrainingPrecision precision = TrainingPrecision.Float32)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), alone = GlobalDistillerTests.Child();
        GlobalDistillationResult expected = await new GlobalDistiller(Options(ranks * workers).With(set => set.Precision = precision))
            .DistillAsync(Request(parent, alone));

        Trained[] trained = await ThreadRanks.ResultsAsync(
            ranks, reducer => TrainAsync(Options(workers).With(set => set.Precision = precision), reducer));

        foreach (Trained rank in trained)
        {
            Assert.Equal(expected.Curve, rank.Result.Curve);
            ModelWeights.Equal(alone, rank.Child);
            rank.Dispose();
        }
    }

    [Fact]
    public async Task DistillAsync_TwoRanks_AreWithin1e5OfOneWorker()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), alone = GlobalDistillerTests.Child();
        GlobalDistillationResult expected = await new GlobalDistiller(Options(1)).DistillAsync(Request(parent, alone));

        Trained[] trained = await ThreadRanks.ResultsAsync(2, reducer => TrainAsync(Options(1), reducer));

        foreach (Trained rank in trained)
        {
            Assert.All(expected.Curve.Zip(rank.Result.Curve), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-5));
            rank.Dispose();
        }
    }

    [Fact]
    public async Task DistillAsync_MoreRanksThanWindows_TrainAsWell()
    {
        GlobalDistillationOptions options = Options(1).With(few => few.BatchSize = 2);
        using CausalLanguageModel parent = TinyModel.Loud(), alone = GlobalDistillerTests.Child();
        GlobalDistillationResult expected = await new GlobalDistiller(options.With(two => two.Workers = 2))
            .DistillAsync(Request(parent, alone));

        Trained[] trained = await ThreadRanks.ResultsAsync(3, reducer => TrainAsync(options, reducer));

        foreach (Trained rank in trained)
        {
            Assert.Equal(expected.Curve[0].Loss, rank.Result.Curve[0].Loss, 1e-6);
            Assert.Equal(trained[0].Result.Curve, rank.Result.Curve);
        }
        Array.ForEach(trained, rank => rank.Dispose());
    }

    [Fact]
    public async Task DistillAsync_OneRankCanceled_AllEndAtTheSameStepAndOneProcessGoesOn()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), alone = GlobalDistillerTests.Child(), resumed = GlobalDistillerTests.Child();
        GlobalDistillationResult expected = await new GlobalDistiller(Options(2)).DistillAsync(Request(parent, alone));
        int[] steps = [0, 0];

        (Trained?, Exception? Failure)[] ended = await ThreadRanks.RunAsync(2, async reducer =>
        {
            using var cancellation = new CancellationTokenSource();
            return await TrainAsync(Options(1), reducer, folder["state"], new ImmediateProgress(update =>
            {
                steps[reducer.Rank] = update.Completed;
                if (reducer.Rank == 1 && update.Completed == 5)
                    cancellation.Cancel();
            }), cancellation.Token);
        });

        Assert.All(ended, one => Assert.IsAssignableFrom<OperationCanceledException>(one.Failure));
        Assert.Equal([5, 5], steps);
        // Two ranks left what one process with two workers goes on from.
        var first = new List<int>();
        GlobalDistillationResult result = await new GlobalDistiller(Options(2)).DistillAsync(
            Request(parent, resumed) with { CheckpointPath = folder["state"] },
            new ImmediateProgress(update => first.Add(update.Completed)));
        Assert.Equal(6, first[0]);
        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(alone, resumed);
    }

    [Fact]
    public async Task DistillAsync_Resumed_GivesTheBitsOfAnUninterruptedRun()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), alone = GlobalDistillerTests.Child(), stopped = GlobalDistillerTests.Child();
        GlobalDistillationResult expected = await new GlobalDistiller(Options(2)).DistillAsync(Request(parent, alone));
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new GlobalDistiller(Options(2)).DistillAsync(
            Request(parent, stopped) with { CheckpointPath = folder["state"] }, new CancelAt(7, cancellation), cancellation.Token));

        // Only the first rank sees the state.
        Trained[] trained = await ThreadRanks.ResultsAsync(
            2, reducer => TrainAsync(Options(1), reducer, reducer.Rank == 0 ? folder["state"] : folder["elsewhere"]));

        Assert.False(File.Exists(folder["elsewhere"]));
        foreach (Trained rank in trained)
        {
            Assert.Equal(expected.Curve, rank.Result.Curve);
            ModelWeights.Equal(alone, rank.Child);
            rank.Dispose();
        }
    }

    [Theory]
    [InlineData("options", "LearningRate is 0.002 on rank 0 and 0.001 on rank 1")]
    [InlineData("workers", "Workers is 2 on rank 0 and 4 on rank 1")]
    [InlineData("parent", "Parent is parent on rank 0 and another on rank 1")]
    [InlineData("data", "Data is ")]
    public async Task DistillAsync_RanksThatDiffer_AreRefusedOnAll(string what, string expected)
    {
        using CausalLanguageModel untouched = GlobalDistillerTests.Child();
        var children = new CausalLanguageModel[2];
        (GlobalDistillationResult?, Exception? Failure)[] ended = await ThreadRanks.RunAsync(2, async reducer =>
        {
            bool differs = reducer.Rank == 1;
            using CausalLanguageModel parent = TinyModel.Loud();
            GlobalDistillationRequest request = Request(parent, children[reducer.Rank] = GlobalDistillerTests.Child());
            if (differs && what == "parent")
                request = request with { Parent = request.Parent with { Fingerprint = "another" } };
            if (differs && what == "data")
                request = request with { Data = TinyModel.Windows(12, seed: 4) };
            GlobalDistillationOptions options = Options(differs && what == "workers" ? 2 : 1)
                .With(set => set.LearningRate = differs && what == "options" ? 1e-3 : 2e-3);
            return await new GlobalDistiller(options, reducer: reducer).DistillAsync(request);
        });

        Assert.All(
            ended, one => Assert.Contains(expected, Assert.IsType<ArgumentException>(one.Failure).Message, StringComparison.Ordinal));
        foreach (CausalLanguageModel child in children)
        {
            ModelWeights.Equal(untouched, child);
            child.Dispose();
        }
    }

    [Fact]
    public async Task DistillAsync_DivergingOnOneRank_EndsAllAtTheSameStep()
    {
        using var folder = new TestFolder();
        (Trained?, Exception? Failure)[] ended = await ThreadRanks.RunAsync(2, async reducer =>
        {
            using CausalLanguageModel parent = TinyModel.Loud();
            // Rank 1's teacher is ruined after the third step.
            var progress = new ImmediateProgress(update =>
            {
                using var noGradients = no_grad();
                if (reducer.Rank == 1 && update.Completed == 3)
                    parent.Blocks[0].Weights.First().Value.fill_(float.NaN);
            });
            CausalLanguageModel child = GlobalDistillerTests.Child();
            return new Trained(child, await new GlobalDistiller(Options(1), reducer: reducer).DistillAsync(
                Request(parent, child) with { CheckpointPath = folder["state"] }, progress));
        });

        Assert.All(ended, one => Assert.Equal(3, Assert.IsType<TrainingDivergedException>(one.Failure).Step));
        Assert.True(File.Exists(folder["state"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task DistillAsync_OneRankFails_AllEndAndSayWhich(int failing)
    {
        (Trained?, Exception? Failure)[] ended = await ThreadRanks.RunAsync(3, reducer => TrainAsync(
            Options(1), reducer, progress: new ImmediateProgress(update =>
            {
                if (reducer.Rank == failing && update.Completed == 4)
                    throw new IOException("the disk is full");
            })));

        Assert.All(ended.Index(), one =>
        {
            if (one.Index == failing)
            {
                Assert.IsType<IOException>(one.Item.Failure);
                return;
            }
            var told = Assert.IsType<RankFailedException>(one.Item.Failure);
            Assert.Equal(failing, told.Rank);
            Assert.Contains("the disk is full", told.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task DistillAsync_StateThatCannotBeKept_EndsAll()
    {
        using var folder = new TestFolder();
        // A file stands where the state's folder should be made.
        File.WriteAllText(folder["file"], "");

        (Trained?, Exception? Failure)[] ended = await ThreadRanks.RunAsync(
            2, reducer => TrainAsync(Options(1), reducer, Path.Combine(folder["file"], "state")));

        Assert.IsType<IOException>(ended[0].Failure);
        Assert.Equal(0, Assert.IsType<RankFailedException>(ended[1].Failure).Rank);
    }

    [Fact]
    public async Task DistillAsync_FitInSequence_IsMadeOnceAndGivenToAll()
    {
        PackedTokenDataset text = TinyModel.Windows(60, length: 32, seed: 5);
        using CausalLanguageModel parent = TinyModel.Loud(), alone = FitCases.Child(parent);
        GlobalDistillationResult expected = await FitCases.FitAsync(parent, alone, text);

        Trained[] trained = await ThreadRanks.ResultsAsync(2, async reducer =>
        {
            CausalLanguageModel child = FitCases.Child(parent);
            return new Trained(child, await new GlobalDistiller(FitCases.Options(steps: 0), reducer: reducer).DistillAsync(
                new(new(parent, "parent"), text, new(child, "child"))));
        });

        Assert.NotNull(expected.Fit);
        foreach (Trained rank in trained)
        {
            Assert.Equal(expected.Fit, rank.Result.Fit);
            ModelWeights.Equal(alone, rank.Child);
            rank.Dispose();
        }
    }

    private static async Task<Trained> TrainAsync(
        GlobalDistillationOptions options, IGradientReducer reducer, string? state = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        // Every rank but the first begins with other weights, which the first one's replace.
        CausalLanguageModel child = GlobalDistillerTests.Child();
        if (reducer.Rank > 0)
            Clear(child);
        return new Trained(child, await new GlobalDistiller(options, reducer: reducer).DistillAsync(
            Request(parent, child) with { CheckpointPath = state }, progress, cancellationToken));
    }

    private static void Clear(CausalLanguageModel model)
    {
        using var noGradients = no_grad();
        foreach ((_, Tensor weight) in model.Weights)
            weight.zero_();
    }

    private static GlobalDistillationOptions Options(int workers) => new()
    {
        Steps = 12, BatchSize = 6, LearningRate = 2e-3, Workers = workers, EvaluateEvery = 3, Precision = TrainingPrecision.Float32,
    };

    private static GlobalDistillationRequest Request(CausalLanguageModel parent, CausalLanguageModel child) =>
        new(new(parent, "parent"), Text, new(child, "child"), HeldOut);

    private sealed record Trained(CausalLanguageModel Child, GlobalDistillationResult Result) : IDisposable
    {
        public void Dispose() => Child.Dispose();
    }
}
