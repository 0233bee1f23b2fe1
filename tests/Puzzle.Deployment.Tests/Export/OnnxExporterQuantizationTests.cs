using Puzzle.Deployment.Export;
using Puzzle.Models;

namespace Puzzle.Tests.Export;

public sealed class OnnxExporterQuantizationTests
{
    [Theory]
    [InlineData(OnnxPrecision.Int8, 32, 0, false, false)]
    [InlineData(OnnxPrecision.Int8, 16, 1, true, false)]
    [InlineData(OnnxPrecision.Int4, 32, 0, true, true)]
    [InlineData(OnnxPrecision.Int4, 16, 1, false, true)]
    [InlineData(OnnxPrecision.Int4, 128, 0, false, false)]
    [InlineData(OnnxPrecision.Int8, 32, 1, true, true)]
    public void Export_Quantized_EqualsTorchOnDequantizedWeights(OnnxPrecision precision, int block, int level, bool tied, bool embedding)
    {
        var options = new OnnxExportOptions { Precision = precision, BlockSize = block, AccuracyLevel = level,
            QuantizeEmbedding = embedding };
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/40 gqa-1/noop", hidden: 64, tied: tied));
        using CausalLanguageModel expected = QuantizedWeights.Simulate(model, options);

        LogitParity.Assert(model, expected, options);
    }

    [Theory]
    [InlineData(OnnxPrecision.Int8)]
    [InlineData(OnnxPrecision.Int4)]
    public void Export_ByteActivations_AreNearTorchOnDequantizedWeights(OnnxPrecision precision)
    {
        var options = new OnnxExportOptions { Precision = precision };
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/40", hidden: 64));
        using CausalLanguageModel expected = QuantizedWeights.Simulate(model, options);

        LogitParity.Assert(model, expected, options, tolerance: 0.5);
    }

    [Fact]
    public void Export_QuantizedTiedEmbedding_IsStoredOnce()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("noop/noop", hidden: 512, tied: true));
        using var shared = new ExportedModel(model, new OnnxExportOptions { Precision = OnnxPrecision.Int4, QuantizeEmbedding = true });
        using var separate = new ExportedModel(model, new OnnxExportOptions { Precision = OnnxPrecision.Int4 });

        Assert.InRange(new FileInfo(shared.File(OnnxExporter.DataFile)).Length, 61 * 256, 61 * 512);
        Assert.True(new FileInfo(separate.File(OnnxExporter.DataFile)).Length > 61 * 512 * 4);
    }

    [Fact]
    public void Simulate_NotQuantized_IsRefused()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("noop/noop"));

        Assert.Throws<ArgumentException>(() => QuantizedWeights.Simulate(model, new OnnxExportOptions()));
    }
}
