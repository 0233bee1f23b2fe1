using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Adds a whole decoder to a graph: token ids in, logits out, keys and values in and out.</summary>
/// <param name="graph">The graph, empty.</param>
/// <param name="weights">The model's weights.</param>
/// <param name="config">The model's shape; its max positions are those the graph serves.</param>
/// <param name="options">Precision and operators.</param>
internal sealed class DecoderGraph(GraphBuilder graph, IWeightTensors weights, ModelConfig config, OnnxExportOptions options)
{
    /// <summary>The standard operators' version where attention is ONNX Runtime's own.</summary>
    private const int ContribOperatorSet = 21;

    private readonly LinearGraph _linear = new(graph, weights, options);

    /// <summary>Gives the version of the standard operators that a model's graph needs.</summary>
    public static int OperatorSetOf(ModelConfig config, OnnxExportOptions options) =>
        AttentionFormRules.Of(config, options) == AttentionForm.Standard ? StandardAttentionGraph.OperatorSet : ContribOperatorSet;

    /// <summary>Adds everything.</summary>
    public void Build()
    {
        graph.Input(DecoderNames.InputIds, DataType.Int64, DecoderNames.Batch, DecoderNames.Sequence);
        graph.Input(DecoderNames.AttentionMask, DataType.Int64, DecoderNames.Batch, DecoderNames.Total);
        ResidualStream stream = Embed("");
        var subblocks = new SubblockGraph(
            graph, weights, config, options, _linear, stream, () => AttentionGraph.Create(graph, config, options, DecoderNames.InputIds));
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string prefix = WeightNames.LayerPrefix(layer);
            subblocks.Attention(layer, prefix, config.Architecture[layer].Attention);
            subblocks.Ffn(prefix, config.Architecture[layer].Ffn);
        }
        AddLogits(stream, "", DecoderNames.Logits);
    }

    /// <summary>Adds the embedding, with which the residual stream begins.</summary>
    /// <param name="prefix">What the names of its weights start with.</param>
    public ResidualStream Embed(string prefix) =>
        new(graph, weights, options, config, Scaled(LookUp(prefix + WeightNames.Embedding), config.EmbeddingMultiplier));

    /// <summary>Adds final norm and head, with which the residual stream ends.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="prefix">What the names of the weights start with.</param>
    /// <param name="output">The output's name.</param>
    public void AddLogits(ResidualStream stream, string prefix, string output)
    {
        string normalized = stream.Normalize(prefix + WeightNames.FinalNorm, last: true);
        string x = options.AllLogits ? normalized : LastTokens(normalized);
        string embedding = prefix + WeightNames.Embedding;
        string head = config.TieWordEmbeddings ? embedding : prefix + WeightNames.Head;
        string logits = config.TieWordEmbeddings && options.QuantizedBits == 0
            ? _linear.ApplyEmbedding(x, embedding)
            : _linear.Apply(x, head, config.VocabularySize, config.HiddenSize);
        graph.Add("", "Cast", [Capped(Scaled(logits, 1 / config.LogitDivisor))], [output], Attributes.Int("to", (long)DataType.Float));
        Dimension tokens = options.AllLogits ? DecoderNames.Sequence : 1;
        graph.Output(output, DataType.Float, DecoderNames.Batch, tokens, config.VocabularySize);
    }

    private string Scaled(string value, double factor) =>
        factor == 1 ? value : graph.Add("Mul", [value, graph.Number(factor, options.FloatType)]);

    private string Capped(string logits) => config.LogitSoftCap is { } cap
        ? Scaled(graph.Add("Tanh", [Scaled(logits, 1 / cap)]), cap)
        : logits;

    private string LookUp(string name)
    {
        (int tokens, int hidden) = (config.VocabularySize, config.HiddenSize);
        if (!options.QuantizeEmbedding)
            return graph.Add("Gather", [weights.Floats(name, tokens, hidden), DecoderNames.InputIds]);
        QuantizedMatrix embedding = weights.Quantized(name, tokens, hidden);
        string rows = graph.Reshaped($"{name}.rows", embedding.Integers, tokens, (long)hidden * options.QuantizedBits / 8);
        return graph.AddContrib(
            "GatherBlockQuantized",
            [rows, DecoderNames.InputIds, embedding.Scales],
            Attributes.Int("bits", options.QuantizedBits),
            Attributes.Int("block_size", options.BlockSize),
            Attributes.Int("gather_axis", 0),
            Attributes.Int("quantize_axis", 1));
    }

    /// <summary>Picks each sequence's last real token: prompts of a batch may be padded on the right. [B, T, D] becomes [B, 1,
    /// D].</summary>
    private string LastTokens(string hidden)
    {
        string real = graph.Add("ReduceSum", [DecoderNames.AttentionMask, graph.Constant(1)], Attributes.Int("keepdims", 0));
        string tokens = graph.Add("Gather", [graph.Add("Shape", [DecoderNames.InputIds]), graph.Scalar(1)]);
        string last = graph.Add("Sub", [graph.Add("Min", [real, tokens]), graph.Constant(1)]);
        return graph.Add("GatherND", [hidden, graph.Add("Unsqueeze", [last, graph.Constant(1, 2)])], Attributes.Int("batch_dims", 1));
    }
}
