using Puzzle.Architectures;

namespace Puzzle.Tests.Architectures;

public sealed class ArchitectureTests
{
    private static readonly BlockConfig Full = BlockConfig.Parse("gqa-4/48"), Empty = BlockConfig.Parse("noop/noop");

    [Fact]
    public void Equals_SameBlocks_IsTrueWhateverTheInstance()
    {
        var one = new Architecture([Full, Empty]);
        var same = new Architecture([BlockConfig.Parse("gqa-4/48"), BlockConfig.Parse("noop/noop")]);

        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, new Architecture([Empty, Full]));
        Assert.NotEqual(one, new Architecture([Full, Empty, Empty]));
        Assert.False(one.Equals(null));
        Assert.Equal("gqa-4/48 noop/noop", one.ToString());
    }

    [Fact]
    public void With_OneLayer_ChangesACopy()
    {
        Architecture uniform = Architecture.Uniform(3, Full);

        Architecture changed = uniform.With(1, Empty);

        Assert.Equal([Full, Empty, Full], changed);
        Assert.True(uniform.IsUniform);
        Assert.False(changed.IsUniform);
        Assert.Throws<ArgumentOutOfRangeException>(() => uniform.With(3, Empty));
        Assert.Throws<ArgumentOutOfRangeException>(() => uniform.With(-1, Empty));
    }

    [Fact]
    public void Create_NoBlocks_Throws() => Assert.Throws<ArgumentException>(() => new Architecture([]));

    [Fact]
    public void Create_ListChangedAfterwards_IsNotAffected()
    {
        BlockConfig[] blocks = [Full, Full];
        var architecture = new Architecture(blocks);
        blocks[0] = Empty;

        Assert.Equal([Full, Full], architecture);
    }
}
