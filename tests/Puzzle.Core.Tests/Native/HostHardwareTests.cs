using Puzzle.Native;

namespace Puzzle.Tests.Native;

public sealed class HostHardwareTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void LastLevelCacheBytes_SeveralLevels_TakesTheLastThatHoldsData()
    {
        Describe("index0", "1", "Data", "32K");
        Describe("index1", "1", "Instruction", "64K");
        Describe("index2", "2", "Unified", "1024K");
        Describe("index3", "3", "Unified", "36M");
        Describe("index4", "4", "Instruction", "128M");

        Assert.Equal(36L << 20, HostHardware.LastLevelCacheBytes(_folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("-5K")]
    [InlineData("manyK")]
    public void LastLevelCacheBytes_SizeUnreadable_IsUnknown(string size)
    {
        Describe("index0", "1", "Data", size);

        Assert.Null(HostHardware.LastLevelCacheBytes(_folder));
    }

    [Fact]
    public void LastLevelCacheBytes_FolderAbsent_IsUnknown() =>
        Assert.Null(HostHardware.LastLevelCacheBytes(Path.Combine(_folder, "absent")));

    private void Describe(string index, string level, string type, string size)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, index)).FullName;
        File.WriteAllText(Path.Combine(folder, "level"), level + "\n");
        File.WriteAllText(Path.Combine(folder, "type"), type + "\n");
        File.WriteAllText(Path.Combine(folder, "size"), size + "\n");
    }

    [Theory]
    [InlineData("fpu avx512f avx512_bf16 sse", true)]
    [InlineData("fpu amx_bf16", true)]
    [InlineData("fpu avx512_bf16_of_tomorrow avx512f", false)]
    [InlineData(null, false)]
    public void MultipliesBFloat16_ProcessorFlags_MustNameItWholly(string? flags, bool expected) =>
        Assert.Equal(expected, HostHardware.NamesBFloat16(flags));
}
