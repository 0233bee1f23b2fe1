using CsCheck;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Tests.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class SafetensorsMalformedTests
{
    private const string A = """{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}""";

    public static TheoryData<string, string, int, string> Headers => new()
    {
        { "gap", $$$"""{"a":{{{A}}},"b":{"dtype":"I64","shape":[1],"data_offsets":[20,28]}}""", 28, "'b' starts at byte 20" },
        { "gap at the start", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8, "'a' starts at byte 4" },
        { "overlap", $$$"""{"a":{{{A}}},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}""", 16, "overlaps" },
        { "same bytes twice", $$$"""{"a":{{{A}}},"b":{{{A}}}}""", 16, "overlaps" },
        { "data left over", $$$"""{"a":{{{A}}}}""", 20, "cover 16 of 20 bytes" },
        { "data but no tensors", "{}", 1, "cover 0 of 1 bytes" },
        { "beyond the file", $$$"""{"a":{{{A}}}}""", 12, "'a' claims bytes 0 to 16 of 12" },
        { "far beyond the file", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}}""", 4, "'a' claims" },
        { "backwards", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}""", 8, "'a' claims bytes 8 to 4" },
        { "negative offset", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "'a': data_offsets holds -4" },
        { "negative size", """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'a': shape holds -1" },
        { "fractional size", """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "'a': shape holds 1.5" },
        { "size beyond 64 bits", """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "'a': shape holds" },
        { "product overflows to the right length", """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "'a' has a shape" },
        { "strides of an empty tensor overflow", """{"a":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}""", 0, "'a' has a shape" },
        { "shape too small", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}}""", 16, "'a' of type F32 and shape [3] needs 12 bytes" },
        { "other type", """{"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,16]}}""", 16, "'a' of type F16" },
        { "unsupported type", """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "'a' has dtype 'F8_E4M3'" },
        { "type not text", """{"a":{"dtype":4,"shape":[4],"data_offsets":[0,4]}}""", 4, "'a'" },
        { "no type", """{"a":{"shape":[4],"data_offsets":[0,4]}}""", 4, "'a' needs" },
        { "no shape", """{"a":{"dtype":"U8","data_offsets":[0,4]}}""", 4, "'a' needs" },
        { "no offsets", """{"a":{"dtype":"U8","shape":[4]}}""", 4, "'a' needs" },
        { "three offsets", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,2,4]}}""", 4, "'a' needs" },
        { "unknown member", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}""", 4, "'a' has an unexpected or malformed member 'x'" },
        { "not an object", """{"a":[]}""", 0, "'a'" },
        { "name twice", $$$"""{"a":{{{A}}},"a":{{{A}}}}""", 16, "not valid JSON" },
        { "name twice, once escaped", $$$"""{"a":{{{A}}},"\u0061":{{{A}}}}""", 16, "not valid JSON" },
        { "member twice", """{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "not valid JSON" },
        { "half a surrogate pair", $$$"""{"\ud800":{{{A}}}}""", 16, "not valid JSON" },
        { "metadata not an object", """{"__metadata__":1}""", 0, "__metadata__" },
        { "metadata not text", """{"__metadata__":{"k":1}}""", 0, "'k'" },
        { "cut JSON", $$$"""{"a":{{{A}}}""", 16, "not valid JSON" },
        { "trailing text", $$$"""{"a":{{{A}}}}x""", 16, "not valid JSON" },
        { "trailing comma", $$$"""{"a":{{{A}}},}""", 16, "not valid JSON" },
        { "comment", $$$"""{"a":{{{A}}}/**/}""", 16, "not valid JSON" },
        { "leading space", $$$""" {"a":{{{A}}}}""", 16, "not a JSON object" },
        { "array", "[]", 0, "not a JSON object" },
        { "empty header", "", 0, "not a JSON object" },
        { "deep nesting", "{\"a\":" + new string('[', 100_000), 0, "not valid JSON" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Open_MalformedHeader_NamesFileAndFault(string fault, string header, int dataBytes, string message)
    {
        Assert.NotEmpty(fault);
        ExpectFault(SafetensorsBytes.File(header, dataBytes), message);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(40UL)]
    [InlineData(100_000_001UL)]
    [InlineData(0x7FFF_FFFF_FFFF_FFFFUL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFFUL)]
    public void Open_WrongHeaderLength_Throws(ulong length) =>
        ExpectFault(SafetensorsBytes.WithLength(length, SafetensorsBytes.Valid[8..]), "");

    [Fact]
    public void Open_HeaderNotUtf8_Throws() =>
        ExpectFault(SafetensorsBytes.File([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 0), "UTF-8");

    [Fact]
    public void Open_TruncatedAnywhere_Throws()
    {
        for (int length = 0; length < SafetensorsBytes.Valid.Length; length++)
            ExpectFault(SafetensorsBytes.Valid[..length], "");
    }

    [Fact]
    public void Open_Absent_Throws()
    {
        Assert.Throws<CheckpointFormatException>(() => new SafetensorsReader(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));
        Assert.Throws<CheckpointFormatException>(
            () => new SafetensorsReader(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "x")));
    }

    [Fact]
    public void Open_MutatedFile_ReadsOrThrowsFormatException()
    {
        using var folder = new TemporaryFolder();
        Gen<(int At, byte Value)[]> mutations = Gen.Select(Gen.Int[0, SafetensorsBytes.Valid.Length - 1], Gen.Byte).Array[1, 4];
        mutations.Sample(
            changes =>
            {
                byte[] file = (byte[])SafetensorsBytes.Valid.Clone();
                foreach ((int at, byte value) in changes)
                    file[at] = value;
                ReadAll(folder.Write("x.safetensors", file));
            },
            iter: 1500,
            threads: 1);
    }

    [Fact]
    public void Open_MutatedHeaderText_ReadsOrThrowsFormatException()
    {
        using var folder = new TemporaryFolder();
        string[] pieces = ["{", "}", "[", "]", ":", ",", "\"", "\\u", "0", "-1", "9223372036854775807", "null", "\"F64\"", "\"dtype\"",
            "1e3", " ", "__metadata__"];
        string header = $$$"""{"a":{{{A}}},"b":{"dtype":"I64","shape":[1],"data_offsets":[16,24]}}""";
        Gen.Select(Gen.Int[0, header.Length - 1], Gen.Int[0, 6], Gen.Int[0, pieces.Length - 1]).Sample(
            (at, removed, piece) =>
            {
                string changed = string.Concat(header.AsSpan(0, at), pieces[piece], header.AsSpan(Math.Min(header.Length, at + removed)));
                ReadAll(folder.Write("x.safetensors", SafetensorsBytes.File(changed, 24)));
            },
            iter: 1500,
            threads: 1);
    }

    private static void ReadAll(string path)
    {
        try
        {
            using var scope = NewDisposeScope();
            using var reader = new SafetensorsReader(path) { EnsureFinite = true };
            foreach (string name in reader.Tensors.Keys)
                reader.Read(name);
        }
        catch (CheckpointFormatException exception)
        {
            Assert.Equal(path, exception.File);
        }
    }

    private static void ExpectFault(byte[] file, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", file);
        var exception = Assert.Throws<CheckpointFormatException>(() => new SafetensorsReader(path));
        Assert.Equal(path, exception.File);
        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}
