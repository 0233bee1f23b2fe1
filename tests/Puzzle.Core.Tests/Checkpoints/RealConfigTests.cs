using System.Text.RegularExpressions;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Tests.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed partial class RealConfigTests
{
    [Theory]
    [InlineData("Llama-3_3-Nemotron-Super-49B-v1", 49_867_145_216, 80, 49, 80)]
    [InlineData("Llama-3_1-Nemotron-Ultra-253B-v1", 253_401_268_224, 162, 64, 81)]
    public void Total_PublishedPuzzleModel_IsPublishedCount(string model, long parameters, int layers, int attentionLayers, int ffnLayers)
    {
        ModelConfig config = HuggingFaceConfig.Read(SharedData.Require($"puzzle-configs/{model}.config.json"));
        Assert.Equal(parameters, ParameterCounter.Total(config));
        Assert.Equal(layers, config.Layers);
        Assert.Equal(attentionLayers, config.Architecture.Count(block => block.Attention is GroupedQueryAttentionConfig));
        Assert.Equal(ffnLayers, config.Architecture.Count(block => block.Ffn is GatedFfnConfig));
        Assert.Equal(parameters, WeightNames.Model(config).Sum(weight => weight.ElementCount));
    }

    [Theory]
    [InlineData("Llama-3_3-Nemotron-Super-49B-v1", CheckpointDialect.DeciLm)]
    [InlineData("Llama-3_1-Nemotron-Ultra-253B-v1", CheckpointDialect.DeciLm)]
    [InlineData("Llama-3_3-Nemotron-Super-49B-v1", CheckpointDialect.PerLayerConfig)]
    [InlineData("Llama-3_1-Nemotron-Ultra-253B-v1", CheckpointDialect.ModelOpt)]
    public void Write_PublishedPuzzleModel_ReadsBackEqual(string model, CheckpointDialect dialect)
    {
        using var folder = new TemporaryFolder();
        ModelConfig config = HuggingFaceConfig.Read(SharedData.Require($"puzzle-configs/{model}.config.json"));
        string file = Path.Combine(folder.Path, "config.json");
        HuggingFaceConfig.Write(file, config, ScalarType.BFloat16, dialect);
        ConfigText.AssertEqual(config, HuggingFaceConfig.Read(file));
    }

    [Fact]
    public void Read_MiniConfigWithEveryKind_ReadsThem()
    {
        ModelConfig config = HuggingFaceConfig.Read(SharedData.Require("puzzle-configs/TensorRT-LLM_NEMOTRON_NAS_MINI_CONFIG.json"));
        Assert.Equal("gqa-4/2816 gqa-2/2816 linear/2816 noop/2816 gqa-4/linear gqa-8/noop",
            new Architecture(config.Architecture.Take(6)).ToString());
    }

    [Theory]
    [InlineData("meta-llama-3.1-8B-Instruct", "LLaMA3_1Tests.Llama_3_1_8b_ShapeTest", 8_030_261_248)]
    [InlineData("meta-llama-3.1-70B-Instruct", "LLaMA3_1Tests.Llama_3_1_70b_ShapeTest", 70_553_706_496)]
    [InlineData("meta-llama-3.1-405B-Instruct", "LLaMA3_1Tests.Llama_3_1_405b_ShapeTest", 405_853_388_800)]
    [InlineData("meta-llama-3.2-1B-Instruct", "LLaMA3_2Tests.Llama_3_2_1b_ShapeTest", 1_235_814_400)]
    [InlineData("meta-llama-3.2-3B-Instruct", "LLaMA3_2Tests.Llama_3_2_3b_ShapeTest", 3_212_749_824)]
    public void Model_RealLlama_HasPublishedNamesAndShapes(string model, string shapes, long parameters)
    {
        ModelConfig config = HuggingFaceConfig.Read(SharedData.Require($"llama-configs/{model}.json"));
        IEnumerable<string> expected = File.ReadLines(SharedData.Require($"llama-configs/{shapes}.approved.txt"))
            .Select(line => ShapeLine().Match(line))
            .Where(match => match.Success)
            .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}");
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            WeightNames.Model(config).Select(weight => weight.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(parameters, ParameterCounter.Total(config));
        Assert.Equal(500_000, config.RopeTheta);
        Assert.Equal(new Llama3RopeScaling(model.Contains("3.2", StringComparison.Ordinal) ? 32 : 8, 1, 4, 8192), config.RopeScaling);
        Assert.Equal([128001, 128008, 128009], config.EndOfTextIds);
    }

    [GeneratedRegex(@"^\S*?\d+: (\S+) shape: (\[[\d, ]+\])$")]
    private static partial Regex ShapeLine();
}
