using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;
using Puzzle.Models;

namespace Puzzle.Tests.Profiling;

public sealed class OnnxThroughputMeterTests
{
    [Fact]
    public async Task MeasureAsync_SeveralModels_GivesEachItsTimes()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/16"));
        using var fused = new ExportedModel(model);
        using var standard = new ExportedModel(model, new OnnxExportOptions { Operators = OnnxOperators.Standard });
        using OnnxTextGenerator first = fused.Load(), second = standard.Load();
        // 1 ms per read: a sample is 1 ms, and a decode step a third of it.
        IReadOnlyList<ModelThroughput> measured = await Meter(cacheBytes: 1)
            .MeasureAsync([new("fused", first), new("standard", second)], new Workload(2, 7, 3));

        Assert.Equal(["fused", "standard"], measured.Select(one => one.Name));
        Assert.All(measured, one =>
        {
            Assert.Equal(14_000, one.PrefillTokensPerSecond, 1e-6);
            Assert.Equal(6_000, one.DecodeTokensPerSecond, 1e-6);
        });
    }

    // The sample of 1 ms is now that of three copies.
    [Theory]
    [InlineData(OnnxOperators.OnnxRuntime)]
    [InlineData(OnnxOperators.Standard)]
    public async Task MeasureAsync_ModelSmallerThanTheCache_TakesTurnsWithCopies(OnnxOperators operators)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/16"));
        using var exported = new ExportedModel(model, new OnnxExportOptions { Operators = operators });
        using OnnxTextGenerator generator = exported.Load();

        ModelThroughput measured = Assert.Single(
            await Meter(generator.Decoder.WeightBytes * 3 / 2).MeasureAsync([new("child", generator)], new Workload(2, 7, 3)));

        Assert.Equal(42_000, measured.PrefillTokensPerSecond, 1e-6);
        Assert.Equal(18_000, measured.DecodeTokensPerSecond, 1e-6);
    }

    [Theory]
    [InlineData(OnnxPrecision.Float32, 4)]
    [InlineData(OnnxPrecision.Float16, 2)]
    public void WeightBytes_CountEveryMatrixOnce(OnnxPrecision precision, int bytes)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/16", tied: true));
        using var exported = new ExportedModel(model, new OnnxExportOptions { Precision = precision });
        using OnnxTextGenerator generator = exported.Load();

        Assert.Equal(bytes * model.Weights.Where(weight => weight.Value.dim() == 2).Sum(weight => weight.Value.numel()),
            generator.Decoder.WeightBytes);
    }

    [Theory]
    [InlineData(OnnxOperators.OnnxRuntime)]
    [InlineData(OnnxOperators.Standard)]
    public void Rewind_GivesTheSameLogitsAgain(OnnxOperators operators)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 gqa-1/16"));
        using var exported = new ExportedModel(model, new OnnxExportOptions { Operators = operators });
        using OnnxTextGenerator generator = exported.Load();
        using var sequences = new OnnxSequences(generator.Decoder, 2, 8);
        int[][] prompts = [[1, 2, 3, 4], [5, 6]];

        float[] start = sequences.Start(prompts);
        float[][] first = [[.. sequences.Next([7, 8])], [.. sequences.Next([9, 10])]];
        sequences.Rewind();
        float[][] again = [[.. sequences.Next([7, 8])], [.. sequences.Next([9, 10])]];

        Assert.Equal(first, again);
        Assert.Equal(start, sequences.Start(prompts));
        Assert.Equal(first[0], sequences.Next([7, 8]));
    }

    private static OnnxThroughputMeter Meter(long cacheBytes) =>
        new(new OnnxProfilingOptions { Rounds = 2, MinimumSample = TimeSpan.Zero, CacheBytes = cacheBytes },
            new ManualClock(stepPerRead: 1));

    [Fact]
    public async Task MeasureAsync_BadRequest_Throws()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("noop/16"));
        using var exported = new ExportedModel(model);
        using OnnxTextGenerator generator = exported.Load();
        var meter = new OnnxThroughputMeter();

        await Assert.ThrowsAsync<ArgumentException>(() => meter.MeasureAsync([], new Workload(1, 2, 3)));
        await Assert.ThrowsAsync<ArgumentException>(() => meter.MeasureAsync([new("child", generator)], new Workload(1, 39, 2)));
    }
}
