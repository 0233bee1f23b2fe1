using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Attention by ONNX Runtime's GroupQueryAttention, which appends to the cache in place.</summary>
internal sealed class FusedAttentionGraph : AttentionGraph
{
    /// <summary>The number of the operator's input that takes sinks.</summary>
    private const int SinkInput = 11;

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

    /// <inheritdoc/>
    public override bool TakesPacked => _positions is null;

    private protected override void Attend(string[] inputs, string[] outputs, GroupedQueryAttentionConfig attention, string? sinks)
    {
        bool rotatesInside = attention.HasRotary && _positions is null;
        if (attention.HasRotary && !rotatesInside)
        {
            inputs[0] = Rotate(inputs[0], Config.AttentionHeads, attention.Rotary);
            inputs[1] = Rotate(inputs[1], attention.KeyValueHeads, attention.Rotary);
        }
        List<string> all = [.. inputs, _lastPositions, _totalLength];
        if (rotatesInside)
            all.AddRange([Tables.Of(attention.Rotary).Cosine, Tables.Of(attention.Rotary).Sine]);
        if (sinks is not null)
            all.AddRange([.. Enumerable.Repeat("", SinkInput - all.Count), sinks]);
        List<AttributeProto> attributes =
        [
            Attributes.Int("num_heads", Config.AttentionHeads),
            Attributes.Int("kv_num_heads", attention.KeyValueHeads),
            Attributes.Int("do_rotary", rotatesInside ? 1 : 0),
            Attributes.Int("rotary_interleaved", 0),
            Attributes.Float("scale", Scale),
            Attributes.Int("local_window_size", attention.Window ?? -1),
        ];
        if (Config.Attention.SoftCap is { } cap)
            attributes.Add(Attributes.Float("softcap", cap));
        Graph.Add(GraphBuilder.Contrib, "GroupQueryAttention", [.. all], outputs, [.. attributes]);
    }

    private string Rotate(string x, int heads, int rotary)
    {
        (string cosine, string sine) = Tables.Of(rotary);
        List<AttributeProto> attributes = [Attributes.Int("num_heads", heads), Attributes.Int("interleaved", 0)];
        if (Tables.SizeOf(rotary) is var size && size != Config.HeadSize)
            attributes.Add(Attributes.Int("rotary_embedding_dim", size));
        return Graph.AddContrib("RotaryEmbedding", [x, _positions!, cosine, sine], [.. attributes]);
    }
}
