using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Models;

namespace Puzzle.Tests.Export;

/// <summary>Graphs of every family give torch's logits: a batch of prompts of different lengths, then step by step, across
/// windows.</summary>
public sealed class FamilyParityTests
{
    private static readonly int[][] Prompts = [Ids(27, 37), Ids(5, 11), Ids(16, 29)];

    public static TheoryData<string> Families
    {
        get
        {
            string root = Path.Combine(SharedData.Root ?? "", "families");
            return Directory.Exists(root)
                ? [.. Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)]
                : ["absent"];
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Export_Family_EqualsTorch(string family) => AssertParity(family, OnnxOperators.OnnxRuntime);

    [Theory]
    [MemberData(nameof(Families))]
    public void Export_FamilyInStandardOperators_EqualsTorch(string family)
    {
        if (family == "gpt_oss")
            Assert.Throws<NotSupportedException>(() => AssertParity(family, OnnxOperators.Standard));
        else
            AssertParity(family, OnnxOperators.Standard);
    }

    [Theory]
    [InlineData("qwen2", "gqa-1/20 linear/52 noop/24")]
    [InlineData("gpt_oss", "gqa-1-w8/moe-2x9-top1 linear/noop gqa-2/moe-4x17-top3")]
    [InlineData("gemma2", "gqa-1-w5/linear gqa-2/20 noop/46")]
    [InlineData("olmo2", "gqa-1/20 noop/50 gqa-4/linear")]
    public void Export_Child_EqualsTorch(string family, string blocks)
    {
        ModelConfig parent = Checkpoints.CheckpointFolder.Open(Path.Combine(SharedData.Require("families"), family, "a")).Config;
        ModelConfig config = parent with { Architecture = new Architecture([.. blocks.Split(' ').Select(BlockConfig.Parse)]) };
        using CausalLanguageModel model = TinyModel.Loud(config);
        LogitParity.Assert(model, model, new OnnxExportOptions(), prompts: Prompts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Export_MixtureWhoseWeightsAreNormalizedOrNot_EqualsTorch(bool normalizes)
    {
        ModelConfig config = TinyModel.Config() with
        {
            Ffn = new FfnFeatures { NormalizeExpertWeights = normalizes },
            Architecture = new Architecture([.. "gqa-4/moe-6x17-top3 gqa-2/moe-4x9-top1".Split(' ').Select(BlockConfig.Parse)]),
        };
        using CausalLanguageModel model = TinyModel.Loud(config);
        LogitParity.Assert(model, model, new OnnxExportOptions(), prompts: Prompts);
    }

    [Fact]
    public void Export_BeyondTheOriginalContextOfLongRope_SaysHowFar()
    {
        using CausalLanguageModel model = CausalLanguageModel.Load(Path.Combine(SharedData.Require("families"), "phi3", "a"));
        using var folder = new TestFolder();
        var exception = Assert.Throws<NotSupportedException>(() => OnnxExporter.Export(model, folder["onnx"]));
        Assert.Contains("at most 48", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["onnx"]));
    }

    private static void AssertParity(string family, OnnxOperators operators)
    {
        using CausalLanguageModel model = CausalLanguageModel.Load(Path.Combine(SharedData.Require("families"), family, "a"));
        LogitParity.Assert(model, model, new OnnxExportOptions { Operators = operators, MaxPositions = 48 }, prompts: Prompts);
    }

    private static int[] Ids(int count, int step) => [.. Enumerable.Range(0, count).Select(i => 3 + (i * step % 50))];
}
