using System.Globalization;
using Google.Protobuf;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Profiling;

/// <summary>
/// Writes graphs of many copies of one part, each with weights of its own: subblocks as the layers of a residual stream, what is outside
/// the blocks side by side.
/// </summary>
internal static class StackGraph
{
    public const string Hidden = "hidden";
    public const string Result = "result";

    /// <summary>Gives the name of the logits of one copy of the part outside the blocks.</summary>
    public static string LogitsOf(int copy) => string.Create(CultureInfo.InvariantCulture, $"logits.{copy}");

    /// <summary>Writes a graph into the bench's folder.</summary>
    /// <param name="bench">Sizes and precision.</param>
    /// <param name="part">The part; null for a graph that hands its input on.</param>
    /// <param name="copies">How many of it.</param>
    /// <returns>The graph's file.</returns>
    public static string Write(StackBench bench, StackPart? part, int copies)
    {
        string name = Guid.NewGuid().ToString("N"), path = Path.Combine(bench.Folder, $"{name}.onnx");
        using FileStream data = File.Create(path + ".data");
        using var writer = new ExternalDataWriter(data, $"{name}.onnx.data");
        var graph = new GraphBuilder(writer);
        if (part is null)
            AddSubblocks(graph, bench, null, 0);
        else if (part.IsNonBlock)
            AddNonBlocks(graph, bench, copies);
        else
            AddSubblocks(graph, bench, part, copies);
        using FileStream file = File.Create(path);
        graph.Build(DecoderGraph.OperatorSetOf(bench.Model, bench.Export)).WriteTo(file);
        return path;
    }

    private static void AddSubblocks(GraphBuilder graph, StackBench bench, StackPart? part, int copies)
    {
        var weights = new TapeTensors(graph, bench.Export, bench.TapeBytes);
        graph.Input(Hidden, DataType.Float, DecoderNames.Batch, DecoderNames.Sequence, bench.Model.HiddenSize);
        if (part?.KeyValueHeads > 0)
            graph.Input(DecoderNames.AttentionMask, DataType.Int64, DecoderNames.Batch, DecoderNames.Total);
        var stream = new ResidualStream(graph, weights, bench.Export, bench.Model, Hidden);
        var linear = new LinearGraph(graph, weights, bench.Export);
        var subblocks = new SubblockGraph(
            graph, weights, bench.Model, bench.Export, linear, stream, () =>
                AttentionGraph.Create(graph, bench.Model, bench.Export, Hidden));
        for (int copy = 0; copy < copies; copy++)
        {
            string prefix = WeightNames.LayerPrefix(copy);
            subblocks.Attention(copy, prefix, part?.Attention ?? new NoOpAttentionConfig());
            subblocks.Ffn(prefix, part?.Ffn ?? new NoOpFfnConfig());
        }
        graph.Add("", "Identity", [stream.Flush()], [Result]);
        graph.Output(Result, DataType.Float, DecoderNames.Batch, DecoderNames.Sequence, bench.Model.HiddenSize);
    }

    private static void AddNonBlocks(GraphBuilder graph, StackBench bench, int copies)
    {
        graph.Input(DecoderNames.InputIds, DataType.Int64, DecoderNames.Batch, DecoderNames.Sequence);
        graph.Input(DecoderNames.AttentionMask, DataType.Int64, DecoderNames.Batch, DecoderNames.Total);
        var decoder = new DecoderGraph(graph, new TapeTensors(graph, bench.Export, bench.TapeBytes), bench.Model, bench.Export);
        for (int copy = 0; copy < copies; copy++)
        {
            string prefix = string.Create(CultureInfo.InvariantCulture, $"{copy}.");
            decoder.AddLogits(decoder.Embed(prefix), prefix, LogitsOf(copy));
        }
    }
}
