using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;

namespace Puzzle.Tests.Profiling;

public sealed class StackGraphTests
{
    private static readonly ModelConfig Model = ClearModel.Config("gqa-4/48 gqa-4/48 gqa-4/48");
    private static readonly Workload Short = new(1, 6, 4);

    [Theory]
    [InlineData(OnnxPrecision.Float32, "GroupQueryAttention", 1, "FusedMatMul", 2)]
    [InlineData(OnnxPrecision.Int4, "GroupQueryAttention", 1, "MatMulNBits", 2)]
    public void Write_Attention_HasCopiesThatShareNoWeights(
        OnnxPrecision precision, string operation, int each, string product, int products)
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

    [Theory]
    [InlineData(OnnxOperators.OnnxRuntime, Activation.Silu, true)]
    [InlineData(OnnxOperators.OnnxRuntime, Activation.TanhGelu, false)]
    [InlineData(OnnxOperators.Standard, Activation.Silu, false)]
    public void Write_Mixture_ComputesChosenExpertsWhereTheEngineCan(OnnxOperators operators, Activation activation, bool can)
    {
        var export = new OnnxExportOptions { Operators = operators };
        ModelConfig model = Model with { Ffn = new FfnFeatures { Activation = activation } };
        StackPart part = StackPart.Of(model, new MixtureFfnConfig(6, 2, 16), Short, null, export);
        using StackBench bench = new(model, Short, new OnnxProfilingOptions { CacheBytes = 32 << 10 }, export, [part]);
        int copies = bench.DecodeCopiesOf(part);
        GraphProto graph = ModelFile.Read(StackGraph.Write(bench, part, copies)).Graph;

        Assert.Equal(can ? copies : 0, graph.Node.Count(node => node.OpType == "MoE"));
        Assert.Equal(can ? 0 : copies, graph.Node.Count(node => node.OpType == "TopK"));
        Assert.Equal(can ? new RoutedTokens(Short.BatchSize * Short.PromptTokens, Short.BatchSize) : null, part.Routed);
    }

    [Fact]
    public void DecodeCopiesOf_AreTwiceTheCacheTogether_KeysAndValuesCounted()
    {
        var export = new OnnxExportOptions();
        StackPart ffn = StackPart.Of(Model, new GatedFfnConfig(48), Short, null, export),
            attention = StackPart.Of(Model, new GroupedQueryAttentionConfig(4), export);
        using StackBench bench = Bench(new OnnxProfilingOptions { CacheBytes = 512 << 10 }, export, ffn, attention);
        // 4 heads of size 16, 10 tokens, keys and values, 4 bytes.
        long attentionBytes = attention.Bytes + (2 * 4 * 16 * 10 * 4);

        Assert.InRange(ffn.Bytes * bench.DecodeCopiesOf(ffn), 1 << 20, (1 << 20) + ffn.Bytes);
        Assert.InRange(attentionBytes * bench.DecodeCopiesOf(attention), 1 << 20, (1 << 20) + attentionBytes);
    }

    [Fact]
    public void PrefillCopiesOf_LongPrompt_AreFewer()
    {
        var export = new OnnxExportOptions();
        StackPart part = StackPart.Of(Model, new GatedFfnConfig(48), Short, null, export);
        var options = new OnnxProfilingOptions { CacheBytes = 512 << 10 };
        using var shortPrompt = new StackBench(Model, new Workload(1, 6, 4), options, export, [part]);
        using var longPrompt = new StackBench(Model, new Workload(64, 8, 4), options, export, [part]);

        Assert.Equal(shortPrompt.DecodeCopiesOf(part), shortPrompt.PrefillCopiesOf(part));
        Assert.Equal(longPrompt.DecodeCopiesOf(part) / 8, longPrompt.PrefillCopiesOf(part));
    }

    private static GraphProto Write(StackPart part, OnnxExportOptions export, out int copies)
    {
        using StackBench bench = Bench(new OnnxProfilingOptions { CacheBytes = 32 << 10 }, export, part);
        copies = bench.DecodeCopiesOf(part);
        return ModelFile.Read(StackGraph.Write(bench, part, copies)).Graph;
    }

    private static StackBench Bench(OnnxProfilingOptions options, OnnxExportOptions export, params StackPart[] parts) =>
        new(Model, Short, options, export, parts);

    private static void AssertDisjoint(GraphProto graph)
    {
        long end = 0;
        foreach ((long offset, long length) in graph.Initializer
            .Where(tensor => tensor.ExternalData.Any(entry => entry.Value == StackBench.TapeFile)
                && tensor.Name.Contains("proj", StringComparison.Ordinal))
            .Select(tensor => tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value))
            .Select(entries => (long.Parse(entries["offset"]), long.Parse(entries["length"]))).Order())
        {
            Assert.True(offset >= end, $"a weight at {offset} begins before {end}");
            end = offset + length;
        }
    }
}
