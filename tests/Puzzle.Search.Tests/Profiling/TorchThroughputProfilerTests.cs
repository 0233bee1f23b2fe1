using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

public sealed class TorchThroughputProfilerTests : IDisposable
{
    private static readonly ModelConfig Model = new()
    {
        VocabularySize = 32,
        HiddenSize = 16,
        AttentionHeads = 4,
        HeadSize = 4,
        MaxPositions = 16,
        Architecture = Architecture.Uniform(2, BlockConfig.Parse("gqa-4/24")),
    };

    private static readonly ProfilingRequest Request = new(
        Model,
        [new GroupedQueryAttentionConfig(4), new GroupedQueryAttentionConfig(1), new LinearAttentionConfig(), new NoOpAttentionConfig()],
        [new GatedFfnConfig(24), new LinearFfnConfig(), new NoOpFfnConfig()],
        new Workload(BatchSize: 2, PromptTokens: 6, GeneratedTokens: 4));

    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ProfileAsync_EveryKind_HasTimesAndClosedForms()
    {
        CostTable costs = await new TorchThroughputProfiler(Options()).ProfileAsync(Request);

        CostTable closed = MemoryModel.Table(Request);
        foreach (AttentionConfig config in Request.Attention)
            AssertTimed(closed.Attention[config], costs.Attention[config]);
        foreach (FfnConfig config in Request.Ffn)
            AssertTimed(closed.Ffn[config], costs.Ffn[config]);
        AssertTimed(closed.NonBlock, costs.NonBlock);
        Assert.Equal(Request.Attention.Count + Request.Ffn.Count + 1, costs.Times.Count);
        Assert.Contains("Float32", costs.Engine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProfileAsync_NoOps_CostExactlyNothing()
    {
        CostTable costs = await new TorchThroughputProfiler(Options()).ProfileAsync(Request);

        Assert.Equal(BlockCost.Zero, costs[BlockConfig.Parse("noop/noop")]);
    }

    // A clock that adds 1 ms per read makes every sample 1 ms, the empty run's too: nothing is left of a subblock.
    [Fact]
    public async Task ProfileAsync_SamplesLikeTheEmptyRun_CostNothingPerCopy()
    {
        CostTable costs = await new TorchThroughputProfiler(Options(), new ManualClock(stepPerRead: 1)).ProfileAsync(Request);

        Assert.Equal(0, costs[BlockConfig.Parse("gqa-4/24")].PrefillMilliseconds);
        Assert.Equal(1, costs.NonBlock.PrefillMilliseconds);
        Assert.Equal(1, costs.NonBlock.DecodeMilliseconds);
        Assert.All(costs.Times.Where(time => time.Prefill.Samples > 0), time => Assert.Equal(3, time.Prefill.Samples));
    }

    [Fact]
    public async Task ProfileAsync_NothingGenerated_HasNoDecodeTime()
    {
        CostTable costs = await new TorchThroughputProfiler(Options())
            .ProfileAsync(Request with { Workload = new Workload(1, 16, 0) });

        Assert.True(costs[BlockConfig.Parse("gqa-4/24")].PrefillMilliseconds > 0);
        Assert.All(costs.Times, time => Assert.Equal(Timing.Zero, time.Decode));
    }

    [Fact]
    public async Task ProfileAsync_KnownFromDisk_MeasuresNothingAndGivesTheSame()
    {
        CostTable first = await new TorchThroughputProfiler(Options(_folder)).ProfileAsync(Request);
        var clock = new ManualClock(stepPerRead: 1);
        CostTable second = await new TorchThroughputProfiler(Options(_folder), clock).ProfileAsync(Request);

        Assert.Equal(0, clock.Reads);
        Assert.Equal(first.Times, second.Times);
        Assert.Equal(first.Attention, second.Attention);
        Assert.Equal(first.Ffn, second.Ffn);
        Assert.Equal(first.NonBlock, second.NonBlock);
    }

    [Fact]
    public async Task ProfileAsync_OneEntryDamaged_MeasuresThatOneAgain()
    {
        await new TorchThroughputProfiler(Options(_folder)).ProfileAsync(Request);
        string damaged = Directory.GetFiles(_folder).Single(file => File.ReadAllText(file).Contains("ffn 24", StringComparison.Ordinal));
        File.WriteAllText(damaged, "{");
        var clock = new ManualClock(stepPerRead: 1);

        CostTable again = await new TorchThroughputProfiler(Options(_folder), clock).ProfileAsync(Request);

        // Prefill and decode of the empty run and of the FFN: a sample to find the repetitions and three that count, two reads each.
        Assert.Equal(2 * 2 * 4 * 2, clock.Reads);
        Assert.Equal(0, again.Ffn[new GatedFfnConfig(24)].PrefillMilliseconds);
        Assert.NotEqual("{", File.ReadAllText(damaged));
    }

    [Fact]
    public async Task ProfileAsync_AnythingElseAskedFor_IsNotServedFromDisk()
    {
        await new TorchThroughputProfiler(Options(_folder)).ProfileAsync(Request);
        int known = Directory.GetFiles(_folder).Length;
        ProfilingOptions twoThreads = Options(_folder);
        twoThreads.Threads = 2;

        await new TorchThroughputProfiler(Options(_folder))
            .ProfileAsync(Request with { Workload = Request.Workload with { PromptTokens = 7 } });
        await new TorchThroughputProfiler(Options(_folder))
            .ProfileAsync(Request with { Workload = Request.Workload with { ActivationType = ElementType.BFloat16 } });
        await new TorchThroughputProfiler(twoThreads).ProfileAsync(Request);

        Assert.Equal(4 * known, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public async Task ProfileAsync_Canceled_Throws()
    {
        using var source = new CancellationTokenSource();
        var progress = new SynchronousProgress(share =>
        {
            if (share > 0.5)
                source.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new TorchThroughputProfiler(Options(_folder)).ProfileAsync(Request, progress, source.Token));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task ProfileAsync_Progress_RisesToOne()
    {
        var shares = new List<double>();
        await new TorchThroughputProfiler(Options()).ProfileAsync(Request, new SynchronousProgress(shares.Add));

        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
    }

    [Fact]
    public async Task ProfileAsync_LongerThanTheModel_NamesBothLengths()
    {
        var request = Request with { Workload = new Workload(1, 12, 5) };

        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(
            () => new TorchThroughputProfiler(Options()).ProfileAsync(request));
        Assert.Contains("17", exception.Message, StringComparison.Ordinal);
        Assert.Contains("16", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProfileAsync_ImpossibleRequest_Throws()
    {
        var profiler = new TorchThroughputProfiler(Options());
        ProfilingRequest[] requests =
        [
            Request with { Workload = Request.Workload with { BatchSize = 0 } },
            Request with { Workload = Request.Workload with { ActivationType = ElementType.Int8 } },
            Request with { Attention = [new GroupedQueryAttentionConfig(3)] },
            Request with { Ffn = [new GatedFfnConfig(0)] },
        ];

        foreach (ProfilingRequest request in requests)
            await Assert.ThrowsAsync<ArgumentException>(() => profiler.ProfileAsync(request));
    }

    [Fact]
    public void Constructor_OptionOutOfRange_NamesIt()
    {
        var exception = Assert.Throws<OptionsValidationException>(() => new TorchThroughputProfiler(new ProfilingOptions { Rounds = 0 }));
        Assert.Contains("Rounds", exception.Message, StringComparison.Ordinal);
    }

    private static ProfilingOptions Options(string? cachePath = null) => new()
    {
        Threads = 1,
        Rounds = 3,
        MinimumSample = TimeSpan.Zero,
        CacheBytes = 32 << 10,
        CachePath = cachePath,
    };

    private static void AssertTimed(BlockCost closed, BlockCost cost)
    {
        Assert.Equal(closed, cost with { PrefillMilliseconds = 0, DecodeMilliseconds = 0 });
        if (closed.ParameterCount > 0)
        {
            Assert.True(cost.PrefillMilliseconds > 0);
            Assert.True(cost.DecodeMilliseconds > 0);
        }
    }
}
