using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Adds attention with rotary positions and a key-value cache. What all layers share is added when this is created.</summary>
internal abstract class AttentionGraph
{
    private protected AttentionGraph(GraphBuilder graph, ModelConfig config, DataType type)
    {
        (Graph, Config, Type) = (graph, config, type);
        Tables = new RotaryTensors(graph, config, type);
    }

    private protected GraphBuilder Graph { get; }

    private protected ModelConfig Config { get; }

    private protected DataType Type { get; }

    private protected RotaryTensors Tables { get; }

    /// <summary>Gets a value indicating whether queries, keys and values may be one value, [B, T, (N + 2 K) * H].</summary>
    public abstract bool TakesPacked { get; }

    private protected double Scale => Config.Attention.ScoreScale ?? 1 / Math.Sqrt(Config.HeadSize);

    /// <summary>Creates the form that suits a model.</summary>
    /// <param name="graph">The graph; it has the attention mask.</param>
    /// <param name="config">The model's shape; its max positions are the rows of the rotary tables.</param>
    /// <param name="options">The operators and the precision.</param>
    /// <param name="tokens">A value of the graph whose second dimension is the number of new tokens.</param>
    public static AttentionGraph Create(GraphBuilder graph, ModelConfig config, OnnxExportOptions options, string tokens)
    {
        DataType type = options.FloatType;
        AttentionForm form = AttentionFormRules.Of(config, options);
        return form == AttentionForm.Standard
            ? new StandardAttentionGraph(graph, config, type, tokens)
            : new FusedAttentionGraph(graph, config, type, form == AttentionForm.Fused);
    }

    /// <summary>Adds one layer's attention with its cache inputs and outputs.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="query">The name of [B, T, N * H], or of all three together.</param>
    /// <param name="key">The name of [B, T, K * H]; empty where all are together.</param>
    /// <param name="value">The name of [B, T, K * H]; empty where all are together.</param>
    /// <param name="attention">The layer's attention.</param>
    /// <param name="sinks">The name of [N], where heads have sinks.</param>
    /// <returns>The name of [B, T, N * H].</returns>
    public string Apply(int layer, string query, string key, string value, GroupedQueryAttentionConfig attention, string? sinks)
    {
        int keyValueHeads = attention.KeyValueHeads;
        string attended = Graph.NewName("attended");
        string pastKey = Graph.Input(
            DecoderNames.PastKey(layer), Type, DecoderNames.Batch, keyValueHeads, DecoderNames.Past, Config.HeadSize);
        string pastValue = Graph.Input(
            DecoderNames.PastValue(layer), Type, DecoderNames.Batch, keyValueHeads, DecoderNames.Past, Config.HeadSize);
        string[] outputs = [attended, DecoderNames.PresentKey(layer), DecoderNames.PresentValue(layer)];
        foreach (string present in outputs[1..])
            Graph.Output(present, Type, DecoderNames.Batch, keyValueHeads, DecoderNames.Total, Config.HeadSize);
        Attend([query, key, value, pastKey, pastValue], outputs, attention, sinks);
        return attended;
    }

    private protected abstract void Attend(string[] inputs, string[] outputs, GroupedQueryAttentionConfig attention, string? sinks);

    private protected string DeclarePositions() =>
        Graph.Input(DecoderNames.PositionIds, DataType.Int64, DecoderNames.Batch, DecoderNames.Sequence);
}
