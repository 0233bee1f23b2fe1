using System.Buffers.Binary;
using System.Text;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Tests.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class SafetensorsRoundTripTests
{
    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Write_AnyType_ReadsBackBitForBit(ScalarType type)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Tensor tensor = randn([7, 5], generator: new Generator(1)).mul(100.0.ToScalar()).to(type);
        string path = Path.Combine(folder.Path, "x.safetensors");

        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = tensor });

        using var reader = new SafetensorsReader(path);
        Tensor read = reader.Read("x");
        Assert.Equal(type, read.dtype);
        Assert.Equal([7L, 5L], read.shape);
        Assert.Equal(tensor.bytes.ToArray(), read.bytes.ToArray());
    }

    [Fact]
    public void Write_EmptyScalarTransposedAndSpecialValues_ReadBackBitForBit()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Tensor matrix = arange(6, dtype: ScalarType.Float32).view(2, 3);
        var tensors = new Dictionary<string, Tensor>
        {
            ["scalar"] = tensor(3.5f),
            ["empty"] = zeros(0, 4),
            ["transposed"] = matrix.t(),
            ["special"] = tensor([float.NaN, float.PositiveInfinity, -0f, float.Epsilon]),
        };
        string path = Path.Combine(folder.Path, "x.safetensors");

        SafetensorsWriter.Write(path, tensors);

        using var reader = new SafetensorsReader(path);
        foreach ((string name, Tensor expected) in tensors)
        {
            Tensor read = reader.Read(name);
            Assert.Equal(expected.shape, read.shape);
            Assert.Equal(expected.contiguous().bytes.ToArray(), read.bytes.ToArray());
        }
    }

    [Fact]
    public void Write_AnyOrder_SameAlignedBytes()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Tensor bytes = tensor(new byte[] { 1, 2, 3 });
        Tensor floats = tensor([1f, 2f]);
        string first = Path.Combine(folder.Path, "1"), second = Path.Combine(folder.Path, "2");

        SafetensorsWriter.Write(first, new Dictionary<string, Tensor> { ["a"] = bytes, ["b"] = floats }, new Dictionary<string,
            string> { ["x"] = "1", ["y"] = "2" });
        SafetensorsWriter.Write(second, new Dictionary<string, Tensor> { ["b"] = floats, ["a"] = bytes }, new Dictionary<string,
            string> { ["y"] = "2", ["x"] = "1" });

        byte[] file = File.ReadAllBytes(first);
        Assert.Equal(file, File.ReadAllBytes(second));
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(file) % 8);
        using var reader = new SafetensorsReader(first);
        Assert.Equal(0, reader.Tensors["b"].Offset % 4);
        Assert.Equal("pt", reader.Metadata["format"]);
        Assert.Equal("2", reader.Metadata["y"]);
    }

    [Fact]
    public void Write_ReservedName_ThrowsAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write(Path.Combine(folder.Path, "x"), new Dictionary<string, Tensor> { ["__metadata__"] = zeros(1) }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_UnsupportedType_ThrowsAndKeepsOldFile()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = folder.Write("x", "old");
        Assert.Throws<NotSupportedException>(
            () => SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = zeros(1, ScalarType.ComplexFloat32) }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Read_OutsideAnyScope_TensorSurvivesReader()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", SafetensorsBytes.Valid);
        Tensor read;
        using (var reader = new SafetensorsReader(path))
            read = reader.Read("b");
        Assert.Equal(0L, read.item<long>());
        read.Dispose();
    }

    [Fact]
    public void Read_InnerScope_LeavesNothingElseBehind()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", SafetensorsBytes.Valid);
        using var reader = new SafetensorsReader(path);
        using var scope = NewDisposeScope();
        reader.Read("a");
        using Tensor destination = zeros([2, 2], ScalarType.Float64).DetachFromDisposeScope();
        reader.ReadInto("a", destination, convert: true);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void ReadAs_LongerThanAPiece_ConvertsEveryElement()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = Path.Combine(folder.Path, "x.safetensors");
        Tensor stored = randn([700, 1001], generator: new Generator(1)).to(ScalarType.BFloat16);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = stored });
        using var reader = new SafetensorsReader(path) { EnsureFinite = true };

        Tensor read = reader.ReadAs("x", ScalarType.Float32, CPU);

        Assert.True(read.equal(stored.to(ScalarType.Float32)).all().item<bool>());
    }

    [Fact]
    public void ReadInto_OtherLayoutAndType_ConvertsValues()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = Path.Combine(folder.Path, "x.safetensors");
        Tensor matrix = arange(6, dtype: ScalarType.Float32).view(2, 3);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = matrix });
        using var reader = new SafetensorsReader(path);
        Tensor same = zeros(2, 3), transposed = zeros(3, 2).t(), half = zeros([2, 3], ScalarType.BFloat16);

        reader.ReadInto("x", same);
        reader.ReadInto("x", transposed);
        reader.ReadInto("x", half, convert: true);

        Assert.True(same.equal(matrix).all().item<bool>());
        Assert.True(transposed.equal(matrix).all().item<bool>());
        Assert.True(half.to(ScalarType.Float32).equal(matrix).all().item<bool>());
    }

    [Fact]
    public void ReadInto_OtherShapeOrType_ThrowsNamingBoth()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = folder.Write("x.safetensors", SafetensorsBytes.Valid);
        using var reader = new SafetensorsReader(path);

        // A shape torch would broadcast, and one with the same number of elements.
        foreach (Tensor destination in new[] { zeros(3, 2, 2), zeros(4) })
        {
            var exception = Assert.Throws<CheckpointFormatException>(() => reader.ReadInto("a", destination));
            Assert.Contains("'a' has shape [2, 2]", exception.Message, StringComparison.Ordinal);
        }
        Assert.Contains("Float64",
            Assert.Throws<CheckpointFormatException>(() => reader.ReadInto("a", zeros([2, 2], ScalarType.Float64))).Message,
            StringComparison.Ordinal);
        Assert.Contains("'c'", Assert.Throws<CheckpointFormatException>(() => reader.Read("c")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Read_EnsureFinite_NamesTensorAndElement(ScalarType type)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        foreach (float bad in new[] { float.NaN, float.NegativeInfinity })
        {
            float[] values = [.. Enumerable.Range(0, 45).Select(i => i == 41 ? bad : i * -100f)];
            string path = Path.Combine(folder.Path, "x.safetensors");
            SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["weight"] = tensor(values).to(type) });
            using var reader = new SafetensorsReader(path) { EnsureFinite = true };

            var exception = Assert.Throws<CheckpointFormatException>(() => reader.Read("weight"));

            Assert.Equal(path, exception.File);
            Assert.Contains("'weight' is not finite at element 41", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_FileTruncatedAfterOpening_Throws()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "an open file cannot be truncated");
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", SafetensorsBytes.Valid);
        using var reader = new SafetensorsReader(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            stream.SetLength(SafetensorsBytes.Valid.Length - 4);
        Assert.Throws<CheckpointFormatException>(() => reader.Read("b"));
    }

    [Fact]
    public void Parts_TensorAboveLimit_CoversEachByteOnceInOrder()
    {
        using var scope = NewDisposeScope();
        Tensor tensor = arange(35, dtype: ScalarType.Int32).view(7, 5);
        var parts = TensorBytes.Parts(tensor, partBytes: 16);
        Assert.Equal(9, parts.Count);
        Assert.Equal(Enumerable.Range(0, 9).Select(i => 16L * i), parts.Select(part => part.Offset));
        Assert.Equal(tensor.bytes.ToArray(), parts.SelectMany(part => part.Part.bytes.ToArray()));
    }

    [Fact]
    public void Read_HandMadeHeaderWithEscapesAndPadding_FindsTensor()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x", SafetensorsBytes.File("""{"__metadata__":{"k":"v"},"\u0061":{"shape":[],"data_offsets":[0,2],"dtype":"BF16"}}   """, 2));
        using var reader = new SafetensorsReader(path);
        Assert.Equal("v", reader.Metadata["k"]);
        Assert.Equal(1, reader.Tensors["a"].ElementCount);
        Assert.Empty(reader.Tensors["a"].Shape);
        Assert.Equal(8 + Encoding.UTF8.GetByteCount("""{"__metadata__":{"k":"v"},"\u0061":{"shape":[],"data_offsets":[0,2],"dtype":"BF16"}}   """), reader.Tensors["a"].Offset);
    }
}
