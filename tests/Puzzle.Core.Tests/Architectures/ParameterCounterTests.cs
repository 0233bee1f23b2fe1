using Puzzle.Architectures;
using Puzzle.Tests.Checkpoints;

namespace Puzzle.Tests.Architectures;

public sealed class ParameterCounterTests
{
    private static readonly ModelConfig Model = ConfigText.Read(ConfigText.With(("head_dim", "6")));

    [Theory]
    [InlineData("gqa-2/12", 8 + (8 * 24) + (2 * 8 * 12) + (24 * 8) + 8 + (3 * 8 * 12))]
    [InlineData("gqa-4/noop", 8 + (4 * 8 * 24))]
    [InlineData("linear/linear", 2 * (8 + 64))]
    [InlineData("noop/noop", 0)]
    public void Block_EachKind_CountsNormsAndHeadSize(string block, long parameters)
    {
        var config = BlockConfig.Parse(block);
        Assert.Equal(parameters, ParameterCounter.Block(Model, config));
        Assert.Equal(parameters, WeightNames.Block(Model, config).Sum(weight => weight.ElementCount));
    }

    [Fact]
    public void NonBlock_Tied_CountsTheMatrixOnce()
    {
        Assert.Equal((2 * 80) + 8, ParameterCounter.NonBlock(Model));
        Assert.Equal(80 + 8, ParameterCounter.NonBlock(Model with { TieWordEmbeddings = true }));
    }

    [Fact]
    public void Total_AbsurdSizes_ThrowsOverflow()
    {
        ModelConfig absurd = Model
            with { Architecture = Architecture.Uniform(1000, BlockConfig.Parse($"noop/{int.MaxValue}")), HiddenSize = int.MaxValue };
        Assert.Throws<OverflowException>(() => ParameterCounter.Total(absurd));
    }
}
