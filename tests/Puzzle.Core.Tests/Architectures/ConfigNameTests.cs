using Puzzle.Architectures;

namespace Puzzle.Tests.Architectures;

public sealed class ConfigNameTests
{
    [Theory]
    [InlineData("gqa-8/14336")]
    [InlineData("gqa-1/linear")]
    [InlineData("linear/704")]
    [InlineData("noop/noop")]
    public void Parse_Name_GivesItBack(string name)
    {
        BlockConfig block = BlockConfig.Parse(name);

        Assert.Equal(name, block.Name);
        Assert.Equal(name, block.ToString());
        Assert.Equal(block, BlockConfig.Parse(block.Name));
        Assert.Equal(block.Attention, AttentionConfig.Parse(block.Attention.Name));
        Assert.Equal(block.Ffn, FfnConfig.Parse(block.Ffn.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gqa-8")]
    [InlineData("/704")]
    [InlineData("gqa-8/")]
    [InlineData("gqa-0/704")]
    [InlineData("gqa--1/704")]
    [InlineData("gqa-+1/704")]
    [InlineData("gqa- 1/704")]
    [InlineData("gqa-1/0")]
    [InlineData("gqa-1/-704")]
    [InlineData("gqa-1/704/1")]
    [InlineData("gqa-1/7e2")]
    [InlineData("GQA-1/704")]
    [InlineData("gqa-99999999999/704")]
    [InlineData("704/gqa-1")]
    public void Parse_Malformed_Throws(string name) => Assert.Throws<FormatException>(() => BlockConfig.Parse(name));
}
