using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Attention by the standard's RotaryEmbedding and Attention (operator set 23), which make a longer cache at every step.</summary>
internal sealed class StandardAttentionGraph : AttentionGraph
{
    /// <summary>The first version of the standard's operators that has them.</summary>
    public const int OperatorSet = 23;

    private readonly string _positions;
    private readonly string _visible;
    private readonly Dictionary<int, string> _windows = [];

    public StandardAttentionGraph(GraphBuilder graph, ModelConfig config, DataType type, string tokens)
        : base(graph, config, type)
    {
        _positions = DeclarePositions();
        // A token sees what lies in the cache up to itself and is not masked: by place in the cache, which padding makes differ from
        // position.
        string total = Length(DecoderNames.AttentionMask);
        string first = graph.Add("Sub", [total, Length(tokens)]);
        string one = graph.Scalar(1);
        string keys = graph.Add("Range", [graph.Scalar(0), total, one]);
        string queries = graph.Add("Unsqueeze", [graph.Add("Range", [first, total, one]), graph.Constant(1)]);
        string causal = graph.Add("LessOrEqual", [keys, queries]);
        string real = graph.Add("Cast", [DecoderNames.AttentionMask], Attributes.Int("to", (long)DataType.Bool));
        _visible = graph.Add("And", [graph.Add("Unsqueeze", [real, graph.Constant(1, 2)]), causal]);

        string Length(string value) => graph.Add("Gather", [graph.Add("Shape", [value]), graph.Scalar(1)]);
    }

    /// <inheritdoc/>
    public override bool TakesPacked => false;

    private protected override void Attend(string[] inputs, string[] outputs, GroupedQueryAttentionConfig attention, string? sinks)
    {
        if (sinks is not null)
            throw new NotSupportedException(
                "The standard's Attention has no sinks. Choose ONNX Runtime's operators and a head size that is a multiple of 8.");
        string query = inputs[0], key = inputs[1];
        if (attention.HasRotary)
        {
            query = Rotate(query, Config.AttentionHeads, attention.Rotary);
            key = Rotate(key, attention.KeyValueHeads, attention.Rotary);
        }
        List<AttributeProto> attributes =
        [
            Attributes.Int("q_num_heads", Config.AttentionHeads),
            Attributes.Int("kv_num_heads", attention.KeyValueHeads),
            Attributes.Float("scale", Scale),
        ];
        if (Config.Attention.SoftCap is { } cap)
            attributes.Add(Attributes.Float("softcap", cap));
        string visible = attention.Window is { } window ? VisibleWithin(window) : _visible;
        Graph.Add("", "Attention", [query, key, inputs[2], visible, inputs[3], inputs[4]], outputs, [.. attributes]);
    }

    /// <summary>A window counts tokens, not places in the cache, which padding may lie between.</summary>
    private string VisibleWithin(int window)
    {
        if (_windows.TryGetValue(window, out string? known))
            return known;
        string counted = Graph.Add("CumSum", [DecoderNames.AttentionMask, Graph.Scalar(1)]);
        string keys = Graph.Add("Unsqueeze", [Graph.Add("Sub", [counted, Graph.Scalar(1)]), Graph.Constant(1, 2)]);
        string first = Graph.Add("Sub", [_positions, Graph.Scalar(window)]);
        string near = Graph.Add("Greater", [keys, Graph.Add("Unsqueeze", [first, Graph.Constant(1, 3)])]);
        return _windows[window] = Graph.Add("And", [_visible, near]);
    }

    private string Rotate(string x, int heads, int rotary)
    {
        (string cosine, string sine) = Tables.Of(rotary);
        List<AttributeProto> attributes = [Attributes.Int("num_heads", heads), Attributes.Int("interleaved", 0)];
        if (Tables.SizeOf(rotary) is var size && size != Config.HeadSize)
            attributes.Add(Attributes.Int("rotary_embedding_dim", size));
        return Graph.Add("RotaryEmbedding", [x, cosine, sine, _positions], [.. attributes]);
    }
}
