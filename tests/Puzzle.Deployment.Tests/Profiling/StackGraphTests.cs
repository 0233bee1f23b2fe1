using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;
using Puzzle.Models;

namespace Puzzle.Tests.Profiling;

public sealed class StackGraphTests
{
    private static readonly ModelConfig Model = ClearModel.Config("gqa-4/48 gqa-4/48 gqa-4/48");

    [Theory]
    [InlineData(OnnxPrecision.Float32, "GroupQueryAttention", 1, "FusedMatMul", 4)]
    [InlineData(OnnxPrecision.Int4, "GroupQueryAttention", 1, "MatMulNBits", 4)]
    public void Write_Attention_HasCopiesThatShareNoWeights(OnnxPrecision precision, string operation, int each, string product, int products)
    {
        var export = new OnnxExportOptions { Precision = precision };
        StackPart part = StackPart.Of(Model, new GroupedQueryAttentionConfig(2), export);
        GraphProto graph = Write(part, export, out int copies);

        Assert.True(copies > 1);
        Assert.Equal(copies * each, graph.Node.Count(node => node.OpType == operation));
        Assert.Equal(copies * products, graph.Node.Count(node => node.OpType == product));
        Assert.Equal(2 * copies, graph.Input.Count(input => input.Name.StartsWith("past_key_values", StringComparison.Ordinal)));
        AssertDisjoint(graph);
    }

    [Fact]
    public void Write_NonBlock_HasCopiesSideBySide()
    {
        var export = new OnnxExportOptions();
        GraphProto graph = Write(StackPart.NonBlock(Model, export), export, out int copies);

        Assert.Equal(copies, graph.Output.Count);
        Assert.Equal(copies, graph.Node.Count(node => node.OpType == "FusedMatMul"));
        Assert.Equal(copies, graph.Node.Count(node => node.OpType == "SimplifiedLayerNormalization"));
    }

    [Fact]
    public void CopiesOf_SmallCache_ExceedsIt_AndLargeCacheFollowsTheParent()
    {
        var export = new OnnxExportOptions();
        StackPart part = StackPart.Of(Model, new GatedFfnConfig(48), export);
        using StackBench cold = Bench(new OnnxProfilingOptions { CacheBytes = 64 << 10 }, export, part);
        using StackBench whole = Bench(new OnnxProfilingOptions { CacheBytes = 1 << 30 }, export, part);
        long parent = (3 * (StackPart.Of(Model, new GroupedQueryAttentionConfig(4), export).Bytes + part.Bytes)) + StackPart.NonBlock(Model, export).Bytes;

        Assert.InRange(part.Bytes * cold.CopiesOf(part), 128 << 10, (128 << 10) + part.Bytes);
        Assert.InRange(part.Bytes * whole.CopiesOf(part), parent, parent + part.Bytes);
    }

    private static GraphProto Write(StackPart part, OnnxExportOptions export, out int copies)
    {
        using StackBench bench = Bench(new OnnxProfilingOptions { CacheBytes = 32 << 10 }, export, part);
        copies = bench.CopiesOf(part);
        return ModelFile.Read(StackGraph.Write(bench, part)).Graph;
    }

    private static StackBench Bench(OnnxProfilingOptions options, OnnxExportOptions export, StackPart part) =>
        new(Model, new Workload(1, 6, 4), options, export, [part]);

    private static void AssertDisjoint(GraphProto graph)
    {
        long end = 0;
        foreach ((long offset, long length) in graph.Initializer
            .Where(tensor => tensor.ExternalData.Any(entry => entry.Value == StackBench.TapeFile) && tensor.Name.Contains("proj", StringComparison.Ordinal))
            .Select(tensor => tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value))
            .Select(entries => (long.Parse(entries["offset"]), long.Parse(entries["length"]))).Order())
        {
            Assert.True(offset >= end, $"a weight at {offset} begins before {end}");
            end = offset + length;
        }
    }
}
