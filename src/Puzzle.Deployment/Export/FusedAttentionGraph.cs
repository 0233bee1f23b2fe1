using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Attention by ONNX Runtime's GroupQueryAttention, which appends to the cache in place.</summary>
internal sealed class FusedAttentionGraph : AttentionGraph
{
    private readonly string _lastPositions;
    private readonly string _totalLength;
    private readonly string? _positions;

    public FusedAttentionGraph(GraphBuilder graph, ModelConfig config, DataType type, bool rotates)
        : base(graph, config, type)
    {
        string valid = graph.Add("ReduceSum", [DecoderNames.AttentionMask, graph.Constant(1)], Attributes.Int("keepdims", 0));
        _lastPositions = Cast32(graph.Add("Sub", [valid, graph.Constant(1)]));
        _totalLength = Cast32(graph.Add("Gather", [graph.Add("Shape", [DecoderNames.AttentionMask]), graph.Scalar(1)]));
        _positions = rotates ? null : DeclarePositions();

        string Cast32(string value) => graph.Add("Cast", [value], Attributes.Int("to", (long)DataType.Int32));
    }

    private protected override void Attend(string[] inputs, string[] outputs, int keyValueHeads)
    {
        bool rotates = _positions is null;
        if (!rotates)
        {
            inputs[0] = Rotate(inputs[0], Config.AttentionHeads);
            inputs[1] = Rotate(inputs[1], keyValueHeads);
        }
        string[] lengths = [_lastPositions, _totalLength];
        Graph.Add(
            GraphBuilder.Contrib,
            "GroupQueryAttention",
            rotates ? [.. inputs, .. lengths, Cosine, Sine] : [.. inputs, .. lengths],
            outputs,
            Attributes.Int("num_heads", Config.AttentionHeads),
            Attributes.Int("kv_num_heads", keyValueHeads),
            Attributes.Int("do_rotary", rotates ? 1 : 0),
            Attributes.Int("rotary_interleaved", 0),
            Attributes.Float("scale", Scale),
            Attributes.Int("local_window_size", -1));
    }

    private string Rotate(string x, int heads) =>
        Graph.AddContrib("RotaryEmbedding", [x, _positions!, Cosine, Sine], Attributes.Int("num_heads", heads), Attributes.Int("interleaved", 0));
}
