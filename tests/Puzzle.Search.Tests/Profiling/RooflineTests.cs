using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Search.Interchange;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

public sealed class RooflineTests : IDisposable
{
    private static readonly ModelConfig Model = new()
    {
        VocabularySize = 128_256,
        HiddenSize = 8192,
        AttentionHeads = 64,
        HeadSize = 128,
        MaxPositions = 131_072,
        Architecture = Architecture.Uniform(1, BlockConfig.Parse("gqa-8/28672")),
    };

    private static readonly Workload Workload = new(256, 100, 1100)
    {
        WeightType = ElementType.Float8,
        ActivationType = ElementType.Float8,
        KeyValueType = ElementType.Float8,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Profile_SmallerSubblocks_CostLess()
    {
        CostTable costs = await new RooflineThroughputProfiler(HardwareSpec.H100Sxm).ProfileAsync(
            new ProfilingRequest(
                Model,
                [AttentionConfig.Parse("gqa-8"), AttentionConfig.Parse("gqa-1"), AttentionConfig.Parse("linear"),
                    AttentionConfig.Parse("noop")],
                [FfnConfig.Parse("28672"), FfnConfig.Parse("14336"), FfnConfig.Parse("linear"), FfnConfig.Parse("noop")],
                Workload),
            cancellationToken: TestContext.Current.CancellationToken);
        double[] attention = [.. costs.Attention.Values.Select(cost => cost.RuntimeMilliseconds(Workload))];
        double[] ffn = [.. costs.Ffn.Values.Select(cost => cost.RuntimeMilliseconds(Workload))];
        Assert.Equal(attention.OrderDescending(), attention);
        Assert.Equal(ffn.OrderDescending(), ffn);
        Assert.Equal(0, attention[^1]);
        Assert.Equal(0, ffn[^1]);
        Assert.Equal(2L * 8 * 128 * Workload.TotalTokens, costs.Attention.Values.First().KeyValueBytes);
    }

    [Fact]
    public void Settings_EveryNumberOfTheSpecification_IsNamed()
    {
        HardwareSpec sheet = HardwareSpec.H100Sxm;
        HardwareSpec[] others =
        [
            sheet with { Name = "other" }, sheet with { MemoryBandwidth = 1 }, sheet with { ComputeEfficiency = 0.5 },
            sheet with { AttentionEfficiency = 0.5 }, sheet with { MemoryEfficiency = 0.5 }, sheet with { SubblockOverhead = 1 },
            sheet with { PeakOperations = HardwareSpec.A100Sxm.PeakOperations },
        ];

        string[] settings = [.. others.Append(sheet).Select(spec => new RooflineThroughputProfiler(spec).Settings)];

        Assert.Equal(settings.Length, settings.Distinct().Count());
    }

    [Fact]
    public void Profile_DecodeOfSmallBatch_IsBoundByWeights()
    {
        var one = new Workload(
            1, 8, 8) { WeightType = ElementType.Float16, ActivationType = ElementType.Float16, KeyValueType = ElementType.Float16 };
        HardwareSpec ideal = HardwareSpec.H100Sxm with { MemoryEfficiency = 1, SubblockOverhead = 0 };
        CostTable costs = new RooflineThroughputProfiler(ideal).Profile(new ProfilingRequest(Model, [], [FfnConfig.Parse("28672")], one));
        BlockCost cost = costs.Ffn.Values.Single();
        Assert.Equal(cost.WeightBytes / 3.35e12 * 1000, cost.DecodeMilliseconds, cost.DecodeMilliseconds * 0.001);
    }

    [Fact]
    public void Profile_Mixture_ReadsTheExpertsThatTheBatchNeeds()
    {
        var own = new MixtureFfnConfig(8, 2, 4096);
        var few = new Workload(2, 8, 8) { WeightType = ElementType.Float16, ActivationType = ElementType.Float16 };
        HardwareSpec ideal = HardwareSpec.H100Sxm with { MemoryEfficiency = 1, SubblockOverhead = 0 };
        CostTable costs = new RooflineThroughputProfiler(ideal).Profile(new ProfilingRequest(
            Model, [], [own, own with { ActiveExperts = 1 }, own with { Experts = 4 }, own with { IntermediateSize = 2048 }], few));

        BlockCost all = costs.Ffn[own];
        long expert = 3L * 4096 * Model.HiddenSize, router = 9 * Model.HiddenSize;
        Assert.Equal(((8 * expert) + router) * 2, all.WeightBytes);
        // Two tokens to two of eight experts each: 3.5 different ones.
        Assert.Equal(((3.5 * expert) + router) * 2 / 3.35e12 * 1000, all.DecodeMilliseconds, all.DecodeMilliseconds * 0.01);
        Assert.All(costs.Ffn.Where(cost => cost.Key != own), cost => Assert.True(cost.Value.DecodeMilliseconds < all.DecodeMilliseconds));
    }

    [Fact]
    public void Fit_PublishedLibraryWidthsHeldOut_PredictsTheRestWithinTenPercent()
    {
        RooflineObservation[] all = Observations();
        RooflineObservation[] train = [.. all.Where(o => o.Block.Name is "noop/28672" or "noop/14336" or "noop/2816" or "gqa-8/28672")];
        HardwareSpec fitted = RooflineFit.Fit(HardwareSpec.H100Sxm, Model, Workload, train);
        RooflineObservation[] rest = [.. all.Except(train)];
        IReadOnlyList<double> errors = RooflineFit.Errors(fitted, Model, Workload, rest);
        foreach ((RooflineObservation observation, double error) in rest.Zip(errors))
            TestContext.Current.TestOutputHelper!.WriteLine($"{observation.Block.Name}: {error:P1}");
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{fitted.ComputeEfficiency:F3} {fitted.AttentionEfficiency:F3} {fitted.MemoryEfficiency:F3} {fitted.SubblockOverhead:E2}");
        Assert.All(errors, error => Assert.InRange(error, -0.1, 0.1));
    }

    [Fact]
    public void Profile_UnknownType_SaysWhichAreKnown()
        => Assert.Throws<NotSupportedException>(() => new RooflineThroughputProfiler(HardwareSpec.H100Sxm).Profile(
            new ProfilingRequest(Model, [], [], Workload with { ActivationType = ElementType.Int4 })));

    [Fact]
    public void Measure_ThisProcessor_GivesSensibleRates()
    {
        HardwareSpec host = HostHardwareMeasurement.Measure(1);
        host.Validate();
        Assert.InRange(host.Peak(ElementType.Float32), 1e8, 1e13);
        Assert.InRange(host.MemoryBandwidth, 1e7, 1e13);
    }

    [Theory]
    [InlineData("times.csv", "config,prefill_ms,decode_ms\ngqa-8,5,0.5\nffn-28672,7,0.25\nnon_block,1,0.125\n")]
    [InlineData("times.json",
        "[{\"config\":\"gqa-8\",\"prefill_ms\":5,\"decode_ms\":0.5},"
            + "{\"config\":\"ffn-28672\",\"prefill_ms\":7,\"decode_ms\":0.25},"
            + "{\"config\":\"non_block\",\"prefill_ms\":1,\"decode_ms\":0.125}]")]
    public async Task Import_Times_AreTheFiles(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        CostTable costs = await new ImportedThroughputProfiler(path).ProfileAsync(
            new ProfilingRequest(
                Model, [AttentionConfig.Parse("gqa-8"), AttentionConfig.Parse("noop")], [FfnConfig.Parse("28672")], Workload),
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(5 + (1100 * 0.5) + 7 + (1100 * 0.25), costs[BlockConfig.Parse("gqa-8/28672")].RuntimeMilliseconds(Workload));
        Assert.Equal(0, costs.Attention[AttentionConfig.Parse("noop")].PrefillMilliseconds);
        Assert.Equal(0.125, costs.NonBlock.DecodeMilliseconds);
        Assert.Equal(ParameterCounter.NonBlock(Model), costs.NonBlock.ParameterCount);
    }

    [Theory]
    [InlineData("config,prefill_ms\n", "header")]
    [InlineData("config,prefill_ms,decode_ms\ngqa-8,1\n", "cells in line 2")]
    [InlineData("config,prefill_ms,decode_ms\ngqa-8,x,1\n", "number in line 2")]
    [InlineData("config,prefill_ms,decode_ms\ngqa-8,-1,1\n", "not negative")]
    [InlineData("config,prefill_ms,decode_ms\ngqa-8,1,1\ngqa-8,1,1\n", "twice")]
    [InlineData("config,prefill_ms,decode_ms\ngqa-4,1,1\n", "row for 'gqa-8'")]
    public async Task Import_Malformed_NamesTheFault(string text, string fault)
    {
        string path = Path.Combine(_folder, "times.csv");
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        var request = new ProfilingRequest(Model, [AttentionConfig.Parse("gqa-8")], [], Workload);
        CheckpointFormatException exception = await Assert.ThrowsAsync<CheckpointFormatException>(
            () => new ImportedThroughputProfiler(path).ProfileAsync(request));
        Assert.Contains(fault, exception.Message, StringComparison.Ordinal);
    }

    private static RooflineObservation[] Observations()
        => [.. BlockLibraryFile.Read(SharedData.Require("nvidia-block-library/block_library.json")).Layers[0]
            .Select(variant => new RooflineObservation(variant.Block!, variant.Costs[new CostName("runtime_ms")]))
            .Where(observation => observation.RuntimeMilliseconds > 0)];
}
