using Microsoft.Extensions.Options;
using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;
using Puzzle.Models;

namespace Puzzle.Tests.Profiling;

public sealed class OnnxThroughputProfilerTests : IDisposable
{
    private static readonly ProfilingRequest Request = new(
        ClearModel.Config("gqa-4/48 gqa-4/48"),
        [new GroupedQueryAttentionConfig(4), new GroupedQueryAttentionConfig(1), new LinearAttentionConfig(), new NoOpAttentionConfig()],
        [new GatedFfnConfig(48), new LinearFfnConfig(), new NoOpFfnConfig()],
        new Workload(BatchSize: 2, PromptTokens: 6, GeneratedTokens: 4));

    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ElementType.Float32, 16)]
    [InlineData(ElementType.Int8, 16)]
    [InlineData(ElementType.Int4, 8)]
    [InlineData(ElementType.Float32, 12)]
    public async Task ProfileAsync_EveryKind_HasTimesAndClosedForms(ElementType type, int headSize)
    {
        ProfilingRequest request = Request
            with { Model = Request.Model with { HeadSize = headSize }, Workload = Request.Workload with { WeightType = type } };
        CostTable costs = await new OnnxThroughputProfiler(Options()).ProfileAsync(request);

        CostTable closed = MemoryModel.Table(request);
        foreach (AttentionConfig config in request.Attention)
            AssertTimed(closed.Attention[config], costs.Attention[config]);
        foreach (FfnConfig config in request.Ffn)
            AssertTimed(closed.Ffn[config], costs.Ffn[config]);
        AssertTimed(closed.NonBlock, costs.NonBlock);
        Assert.Equal(request.Attention.Count + request.Ffn.Count + 1, costs.Times.Count);
        Assert.Contains($"{type} weights", costs.Engine, StringComparison.Ordinal);
        Assert.Equal(BlockCost.Zero, costs[BlockConfig.Parse("noop/noop")]);
    }

    // The graph has one buffer of the whole text for each head, whatever a window shows of it.
    [Fact]
    public void KeyValueBytes_AttentionWithAWindow_AreThoseOfTheWholeText()
    {
        var whole = new GroupedQueryAttentionConfig(4);
        GroupedQueryAttentionConfig window = whole with { Window = 3 };
        CostTable costs = ExportedSizes.Table(Request with { Attention = [whole, window] }, new OnnxExportOptions());

        const int Floats = 2 * 4 * 2 * (6 + 4);
        Assert.Equal(Floats * sizeof(float) * Request.Model.HeadSize, costs.Attention[window].KeyValueBytes);
        Assert.Equal(costs.Attention[whole].KeyValueBytes, costs.Attention[window].KeyValueBytes);
    }

    [Theory]
    [InlineData(OnnxPrecision.Float32, false, true)]
    [InlineData(OnnxPrecision.Float32, false, false)]
    [InlineData(OnnxPrecision.Int8, false, true)]
    [InlineData(OnnxPrecision.Int4, false, false)]
    [InlineData(OnnxPrecision.Int4, true, true)]
    public void StoredWeights_WholeModel_AreTheBytesOfItsGraph(OnnxPrecision precision, bool quantizeEmbedding, bool tied)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/40 noop/linear", tied: tied));
        var export = new OnnxExportOptions { Precision = precision, QuantizeEmbedding = quantizeEmbedding, BlockSize = 16 };
        using var exported = new ExportedModel(model, export);
        GraphProto graph = ModelFile.Read(exported.File(OnnxExporter.ModelFile)).Graph;
        long stored = graph.Initializer
            .Where(tensor => tensor.Name.StartsWith("model.", StringComparison.Ordinal)
                || tensor.Name.StartsWith("lm_head", StringComparison.Ordinal))
            .Where(tensor => !tensor.Name.EndsWith(".rows", StringComparison.Ordinal))
            .Sum(tensor => tensor.ExternalData.FirstOrDefault(entry => entry.Key == "length") is { } entry
                ? long.Parse(entry.Value)
                : tensor.RawData.Length);

        var request = new ProfilingRequest(
            model.Config, [.. model.Config.Architecture.Select(block => block.Attention)],
                [.. model.Config.Architecture.Select(block => block.Ffn)], new Workload(1, 1, 1));
        Assert.Equal(stored, ExportedSizes.Table(request, export).Total(model.Config.Architecture).WeightBytes);
    }

    // A clock that adds 1 ms per read makes every sample 1 ms, the empty run's too: nothing is left of a subblock, all of it outside the
    // blocks.
    [Fact]
    public async Task ProfileAsync_SamplesLikeTheEmptyRun_BelongOutsideTheBlocks()
    {
        CostTable costs = await new OnnxThroughputProfiler(Options(), new ManualClock(stepPerRead: 1)).ProfileAsync(Request);

        Assert.Equal(0, costs[BlockConfig.Parse("gqa-4/48")].PrefillMilliseconds);
        Assert.Equal(1, costs.NonBlock.PrefillMilliseconds);
        Assert.Equal(1, costs.NonBlock.DecodeMilliseconds);
    }

    [Fact]
    public async Task ProfileAsync_NothingGenerated_TimesPrefillOnly()
    {
        CostTable costs = await new OnnxThroughputProfiler(Options()).ProfileAsync(Request with { Workload = new Workload(1, 6, 0) });

        Assert.Equal(0, costs.NonBlock.DecodeMilliseconds);
        Assert.True(costs.NonBlock.PrefillMilliseconds > 0);
    }

    [Fact]
    public async Task ProfileAsync_Twice_ServesTheSecondFromDisk()
    {
        CostTable first = await new OnnxThroughputProfiler(Options(_folder)).ProfileAsync(Request);
        int known = Directory.GetFiles(_folder).Length;
        // Any measurement with this clock would take exactly 1 ms.
        CostTable second = await new OnnxThroughputProfiler(Options(_folder), new ManualClock(stepPerRead: 1)).ProfileAsync(Request);

        Assert.Equal(first.Times, second.Times);
        Assert.Equal(6, known);
    }

    [Fact]
    public async Task ProfileAsync_AnythingElseAskedFor_IsNotServedFromDisk()
    {
        await new OnnxThroughputProfiler(Options(_folder)).ProfileAsync(Request);
        int known = Directory.GetFiles(_folder).Length;
        OnnxProfilingOptions twoThreads = Options(_folder);
        twoThreads.Threads = 2;

        await new OnnxThroughputProfiler(Options(_folder))
            .ProfileAsync(Request with { Workload = Request.Workload with { PromptTokens = 7 } });
        await new OnnxThroughputProfiler(Options(_folder))
            .ProfileAsync(Request with { Workload = Request.Workload with { WeightType = ElementType.Int4 } });
        await new OnnxThroughputProfiler(twoThreads).ProfileAsync(Request);

        Assert.Equal(4 * known, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public async Task ProfileAsync_Progress_RisesToOne()
    {
        var shares = new List<double>();
        await new OnnxThroughputProfiler(Options()).ProfileAsync(Request, new SynchronousProgress(shares.Add));

        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
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
            () => new OnnxThroughputProfiler(Options(_folder)).ProfileAsync(Request, progress, source.Token));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task ProfileAsync_ImpossibleRequest_Throws()
    {
        var profiler = new OnnxThroughputProfiler(Options());
        ProfilingRequest[] requests =
        [
            Request with { Workload = Request.Workload with { BatchSize = 0 } },
            Request with { Workload = Request.Workload with { PromptTokens = 40 } },
            Request with { Workload = Request.Workload with { ActivationType = ElementType.BFloat16 } },
            Request with { Workload = Request.Workload with { WeightType = ElementType.Float16 } },
            Request with { Attention = [new GroupedQueryAttentionConfig(3)] },
            Request with { Ffn = [new GatedFfnConfig(0)] },
        ];

        foreach (ProfilingRequest request in requests)
            await Assert.ThrowsAsync<ArgumentException>(() => profiler.ProfileAsync(request));
        Assert.Throws<OptionsValidationException>(() => new OnnxThroughputProfiler(new OnnxProfilingOptions { Rounds = 0 }));
    }

    [Fact]
    public void UseOnnxProfiler_IsTheProfilerAndHasItsOptions()
    {
        var services = new ServiceCollection();
        services.AddPuzzle().UseOnnxProfiler(options => options.Rounds = 3).UseOnnxProfiler();
        using ServiceProvider provider = services.BuildServiceProvider();

        Assert.IsType<OnnxThroughputProfiler>(provider.GetRequiredService<IThroughputProfiler>());
        Assert.Single(services, service => service.ServiceType == typeof(IThroughputProfiler));
    }

    private static OnnxProfilingOptions Options(string? cachePath = null) => new()
    {
        Threads = 1,
        Rounds = 3,
        MinimumSample = TimeSpan.Zero,
        CacheBytes = 32 << 10,
        CachePath = cachePath,
    };

    private static void AssertTimed(BlockCost closed, BlockCost cost)
    {
        Assert.Equal(closed, cost with { PrefillMilliseconds = 0, DecodeMilliseconds = 0, WeightBytes = closed.WeightBytes });
        // A subblock this small may be faster than the clock's noise; what is outside the blocks includes a whole run.
        Assert.True(cost.PrefillMilliseconds >= 0 && cost.DecodeMilliseconds >= 0);
        if (closed.ParameterCount == 0)
            Assert.Equal(BlockCost.Zero, cost);
    }
}
