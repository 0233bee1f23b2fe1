using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Measurement;

namespace Puzzle.Tests.Measurement;

public class MemoryModelTests
{
    private static readonly ModelConfig Model = new()
    {
        VocabularySize = 10,
        HiddenSize = 8,
        AttentionHeads = 4,
        HeadSize = 6,
        MaxPositions = 64,
        Architecture = new Architecture(
            [BlockConfig.Parse("gqa-2/16"), BlockConfig.Parse("linear/noop"), BlockConfig.Parse("noop/linear")]),
    };

    private static readonly Workload Request = new(BatchSize: 3, PromptTokens: 5, GeneratedTokens: 2)
    {
        WeightType = ElementType.BFloat16,
        KeyValueType = ElementType.Int8,
    };

    [Fact]
    public void Attention_HeadSizeOfItsOwn_MatchesHandComputation()
    {
        BlockCost cost = MemoryModel.Attention(Model, new GroupedQueryAttentionConfig(2), Request);

        const long Parameters = 8 + (8 * 24) + (2 * 8 * 12) + (24 * 8);
        Assert.Equal(new BlockCost(0, 0, Parameters, 2 * Parameters, 2 * 2 * 6 * (3 * 7), 1), cost);
    }

    [Fact]
    public void Attention_LinearOrNoOp_HasNoCache()
    {
        Assert.Equal(new BlockCost(0, 0, 72, 144, 0, 0), MemoryModel.Attention(Model, new LinearAttentionConfig(), Request));
        Assert.Equal(BlockCost.Zero, MemoryModel.Attention(Model, new NoOpAttentionConfig(), Request));
    }

    [Fact]
    public void Ffn_EachKind_MatchesHandComputation()
    {
        Assert.Equal(new BlockCost(0, 0, 8 + (3 * 8 * 16), 784, 0, 0), MemoryModel.Ffn(Model, new GatedFfnConfig(16), Request));
        Assert.Equal(new BlockCost(0, 0, 72, 144, 0, 0), MemoryModel.Ffn(Model, new LinearFfnConfig(), Request));
        Assert.Equal(BlockCost.Zero, MemoryModel.Ffn(Model, new NoOpFfnConfig(), Request));
    }

    [Fact]
    public void NonBlock_TiedHead_CountsOnce()
    {
        Assert.Equal(168, MemoryModel.NonBlock(Model, Request).ParameterCount);
        Assert.Equal(88, MemoryModel.NonBlock(Model with { TieWordEmbeddings = true }, Request).ParameterCount);
    }

    [Fact]
    public void KeyValueBytes_TooManyTokens_Throws() =>
        Assert.Throws<OverflowException>(() => MemoryModel.KeyValueBytes(
            Model with { HeadSize = int.MaxValue }, int.MaxValue, new Workload(int.MaxValue, 1, 0)));

    [Theory]
    [InlineData(ElementType.Float32, 7, 28)]
    [InlineData(ElementType.Float16, 7, 14)]
    [InlineData(ElementType.BFloat16, 7, 14)]
    [InlineData(ElementType.Float8, 7, 7)]
    [InlineData(ElementType.Int8, 7, 7)]
    [InlineData(ElementType.Int4, 7, 4)]
    [InlineData(ElementType.Int4, 8, 4)]
    public void BytesOf_Elements_GivesBytes(ElementType type, long elements, long bytes) =>
        Assert.Equal(bytes, type.BytesOf(elements));

    [Fact]
    public void Table_HeterogeneousArchitecture_SumsLayersAndRest()
    {
        var request = new ProfilingRequest(
            Model,
            [.. Model.Architecture.Select(block => block.Attention)],
            [.. Model.Architecture.Select(block => block.Ffn)],
            Request);

        BlockCost total = MemoryModel.Table(request).Total(Model.Architecture);

        const long Parameters = 168 + (584 + 392) + 72 + 72;
        Assert.Equal(new BlockCost(0, 0, Parameters, 2 * Parameters, 504, 1), total);
        Assert.Equal((2 * Parameters) + 504, total.MemoryBytes);
    }

    // Published parameter counts, and KV bytes per token at 16 bits.
    [Theory]
    [InlineData("3.2-1B", 1_235_814_400, 32_768)]
    [InlineData("3.2-3B", 3_212_749_824, 114_688)]
    [InlineData("3.1-8B", 8_030_261_248, 131_072)]
    [InlineData("3.1-70B", 70_553_706_496, 327_680)]
    [InlineData("3.1-405B", 405_853_388_800, 516_096)]
    public void Table_PublishedLlama_HasItsParametersAndCache(string name, long parameters, long keyValueBytesPerToken)
    {
        ModelConfig model = HuggingFaceConfig.Read(SharedData.Require($"llama-configs/meta-llama-{name}-Instruct.json"));
        var workload = new Workload(2, 1000, 24) { WeightType = ElementType.BFloat16, KeyValueType = ElementType.BFloat16 };
        var request = new ProfilingRequest(model, [model.Architecture[0].Attention], [model.Architecture[0].Ffn], workload);

        BlockCost total = MemoryModel.Table(request).Total(model.Architecture);

        Assert.Equal(parameters, total.ParameterCount);
        Assert.Equal(2 * parameters, total.WeightBytes);
        Assert.Equal(keyValueBytesPerToken * 2048, total.KeyValueBytes);
        Assert.Equal(model.Layers, total.AttentionLayers);
    }
}
