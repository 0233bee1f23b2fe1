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

    public StandardAttentionGraph(GraphBuilder graph, ModelConfig config, DataType type, string tokens)
        : base(graph, config, type)
    {
        _positions = DeclarePositions();
        // A token sees what lies in the cache up to itself and is not masked: by place in the cache, which padding makes differ from position.
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

    private protected override void Attend(string[] inputs, string[] outputs, int keyValueHeads)
    {
        string query = Rotate(inputs[0], Config.AttentionHeads);
        string key = Rotate(inputs[1], keyValueHeads);
        Graph.Add(
            "",
            "Attention",
            [query, key, inputs[2], _visible, inputs[3], inputs[4]],
            outputs,
            Attributes.Int("q_num_heads", Config.AttentionHeads),
            Attributes.Int("kv_num_heads", keyValueHeads),
            Attributes.Float("scale", Scale));
    }

    private string Rotate(string x, int heads) =>
        Graph.Add("RotaryEmbedding", [x, Cosine, Sine, _positions], Attributes.Int("num_heads", heads), Attributes.Int("interleaved", 0));
}
