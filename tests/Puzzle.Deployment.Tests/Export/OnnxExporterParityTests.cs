using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Fusion;
using Puzzle.Models;

namespace Puzzle.Tests.Export;

public sealed class OnnxExporterParityTests
{
    public static readonly TheoryData<string, int, int> Shapes = new()
    {
        { "gqa-4/48 gqa-4/48", 4, 16 },
        { "gqa-8/48 gqa-4/32 gqa-2/16 gqa-1/64", 8, 16 },
        { "gqa-4/48 linear/48 gqa-2/linear linear/linear", 4, 32 },
        { "gqa-4/noop noop/48 noop/noop gqa-1/48", 4, 16 },
        { "noop/noop gqa-2/48 linear/noop noop/linear", 4, 16 },
        { "noop/48 gqa-4/24", 4, 8 },
        { "gqa-4/48 gqa-2/16 gqa-1/noop linear/linear noop/48 noop/noop", 4, 24 },
        { "gqa-4/48 gqa-1/noop linear/16", 4, 12 },
        { "linear/48 noop/linear", 4, 16 },
        { "noop/noop", 4, 16 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Export_PrefillAndDecode_EqualTorch(string blocks, int heads, int headSize) =>
        AssertParity(ClearModel.Config(blocks, heads, headSize), new OnnxExportOptions());

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Export_StandardOperators_EqualTorch(string blocks, int heads, int headSize) =>
        AssertParity(
            ClearModel.Config(blocks, heads, headSize, tied: heads == 8), new OnnxExportOptions { Operators = OnnxOperators.Standard });

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    public void Export_TiedHeadAndLlama3Scaling_EqualTorch(int headSize) => AssertParity(
        ClearModel.Config("gqa-4/48 gqa-2/16", headSize: headSize, tied: true) with
        {
            RopeScaling = new Llama3RopeScaling(8, 1, 4, 32),
            RopeTheta = 100,
        },
        new OnnxExportOptions());

    [Theory]
    [InlineData(OnnxOperators.OnnxRuntime)]
    [InlineData(OnnxOperators.Standard)]
    public void Export_FusedFfns_EqualTorch(OnnxOperators operators)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 noop/32 noop/noop noop/16 gqa-2/48"));
        using CausalLanguageModel fused = FfnFusion.Apply(model, new FusedFfns([], [new FfnGroup([0, 1, 3], 96, 0)]));
        LogitParity.Assert(fused, fused, new OnnxExportOptions { Operators = operators });
    }

    [Fact]
    public void Export_TheSharedMixedModel_EqualsTorch() =>
        AssertParity(TinyModel.Mixed() with { RopeTheta = 500_000 }, new OnnxExportOptions { MaxPositions = 20 });

    [Theory]
    [InlineData(OnnxOperators.OnnxRuntime)]
    [InlineData(OnnxOperators.Standard)]
    public void Export_AllLogits_EqualTorchAtEveryPosition(OnnxOperators operators)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/16 gqa-1/noop", tied: true));
        int[][] prompts = [[1, 2, 3, 4, 5, 6], [60, 50, 40, 30, 20, 10]];
        using var exported = new ExportedModel(model, new OnnxExportOptions { AllLogits = true, Operators = operators });
        using OnnxTextGenerator generator = exported.Load();
        using var sequences = new OnnxSequences(generator.Decoder, 2, 6);

        float[][] found = [.. sequences.Start(prompts).Chunk(ClearModel.Vocabulary)];

        float[][] expected = [.. prompts.SelectMany(prompt => ClearModel.Logits(model, prompt))];
        Assert.Equal(12, found.Length);
        foreach ((float[] one, float[] other) in expected.Zip(found))
            LogitParity.AssertClose(one, other, 1e-4);
    }

    [Theory]
    [InlineData(OnnxDevice.Cpu, OnnxPrecision.Float16, 16, 0.05)]
    [InlineData(OnnxDevice.Cpu, OnnxPrecision.Float16, 8, 0.05)]
    [InlineData(OnnxDevice.Cuda, OnnxPrecision.Float16, 16, 0.05, Traits = ["Requires", "cuda"])]
    [InlineData(OnnxDevice.Cuda, OnnxPrecision.Float16, 8, 0.05, Traits = ["Requires", "cuda"])]
    [InlineData(OnnxDevice.Cuda, OnnxPrecision.BFloat16, 16, 0.4, Traits = ["Requires", "cuda"])]
    public void Export_HalfPrecision_IsNearTorch(OnnxDevice device, OnnxPrecision precision, int headSize, double tolerance)
    {
        Device.Require(device);
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-4/48 linear/16 gqa-1/noop", headSize: headSize));
        LogitParity.Assert(model, model, new OnnxExportOptions { Precision = precision }, tolerance, device);
    }

    private static void AssertParity(ModelConfig config, OnnxExportOptions options)
    {
        using CausalLanguageModel model = ClearModel.Create(config);
        LogitParity.Assert(model, model, options);
    }
}
