using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Adds gated FFNs and mixtures of them.</summary>
/// <param name="graph">The graph.</param>
/// <param name="weights">The weights.</param>
/// <param name="config">The model's shape.</param>
/// <param name="options">Precision and operators.</param>
/// <param name="linear">Adds products.</param>
internal sealed class FfnGraph(
    GraphBuilder graph, IWeightTensors weights, ModelConfig config, OnnxExportOptions options, LinearGraph linear)
{
    /// <summary>Adds a gated FFN.</summary>
    /// <param name="prefix">What the names of its weights start with.</param>
    /// <param name="x">The name of its input, [B, T, D].</param>
    /// <param name="width">F.</param>
    /// <returns>The name of [B, T, D].</returns>
    public string Gated(string prefix, string x, int width)
    {
        string gate = linear.Apply(x, prefix + WeightNames.Gate, Bias(WeightNames.GateBias), width, config.HiddenSize);
        string up = linear.Apply(x, prefix + WeightNames.Up, Bias(WeightNames.UpBias), width, config.HiddenSize);
        return linear.Apply(Activated(gate, up), prefix + WeightNames.Down, Bias(WeightNames.DownBias), config.HiddenSize, width);

        string? Bias(string name) => config.Ffn.Bias ? prefix + name : null;
    }

    /// <summary>Adds a mixture of experts. Experts stay floating point at any precision.</summary>
    /// <param name="prefix">What the names of its weights start with.</param>
    /// <param name="x">The name of its input, [B, T, D].</param>
    /// <param name="mixture">The experts.</param>
    /// <returns>The name of [B, T, D].</returns>
    public string Mixture(string prefix, string x, MixtureFfnConfig mixture) =>
        ComputesChosenExperts(config, options) ? ChosenExperts(prefix, x, mixture) : AllExperts(prefix, x, mixture);

    /// <summary>Says whether graphs of a model compute of each mixture the experts that tokens are sent to, and not all of them: by ONNX
    /// Runtime's own operator, whose kernel for processors normalizes the weights of the chosen and knows no GELU.</summary>
    public static bool ComputesChosenExperts(ModelConfig config, OnnxExportOptions options) =>
        options.Operators == OnnxOperators.OnnxRuntime && options.FloatType == DataType.Float
        && config.Ffn.NormalizeExpertWeights && config.Ffn.Activation is Activation.Silu or Activation.ClampedSwish;

    // The operator takes the router's scores, chooses by them, and takes gate and up as alternating rows.
    private string ChosenExperts(string prefix, string x, MixtureFfnConfig mixture)
    {
        (int experts, int width, int hidden) = (mixture.Experts, mixture.IntermediateSize, config.HiddenSize);
        string tokens = graph.Add("Reshape", [x, graph.Constant(-1, hidden)]);
        string gateAndUp = weights.Alternating(prefix + WeightNames.ExpertGate, prefix + WeightNames.ExpertUp, experts, 2 * width, hidden);
        string down = weights.Floats(prefix + WeightNames.ExpertDown, experts, hidden, width);
        (string first, string second) = config.Ffn.Bias
            ? (weights.Alternating(prefix + WeightNames.ExpertGateBias, prefix + WeightNames.ExpertUpBias, experts, 2 * width),
                weights.Floats(prefix + WeightNames.ExpertDownBias, experts, hidden))
            : ("", "");
        bool clamps = config.Ffn.Activation is Activation.ClampedSwish;
        return graph.AddContrib(
            "MoE", [x, Scores(prefix, tokens, mixture), gateAndUp, first, down, second],
            Attributes.Int("k", mixture.ActiveExperts),
            Attributes.Int("normalize_routing_weights", 1),
            Attributes.Text("activation_type", "swiglu"),
            Attributes.Int("swiglu_fusion", 1),
            Attributes.Float("activation_alpha", clamps ? config.Ffn.SwishSlope : 1),
            Attributes.Float("activation_beta", clamps ? 1 : 0),
            Attributes.Float("swiglu_limit", clamps ? config.Ffn.ClampLimit : double.PositiveInfinity));
    }

    // In operators of the standard every expert computes every token, and those that a token is not sent to get the weight 0.
    private string AllExperts(string prefix, string x, MixtureFfnConfig mixture)
    {
        (int experts, int width, int hidden) = (mixture.Experts, mixture.IntermediateSize, config.HiddenSize);
        string tokens = graph.Add("Reshape", [x, graph.Constant(-1, hidden)]);
        string shares = graph.Add(
            "Unsqueeze", [graph.Add("Transpose", [Shares(prefix, tokens, mixture)], Attributes.Ints("perm", 1, 0)), graph.Constant(2)]);
        string gate = Product(tokens, WeightNames.ExpertGate, WeightNames.ExpertGateBias, width, hidden);
        string up = Product(tokens, WeightNames.ExpertUp, WeightNames.ExpertUpBias, width, hidden);
        string outputs = Product(Activated(gate, up), WeightNames.ExpertDown, WeightNames.ExpertDownBias, hidden, width);
        string sum = graph.Add("ReduceSum", [graph.Add("Mul", [outputs, shares]), graph.Constant(0)], Attributes.Int("keepdims", 0));
        return graph.Add("Reshape", [sum, graph.Add("Shape", [x])]);

        // [n, in] or [E, n, in] becomes [E, n, out].
        string Product(string input, string matrices, string biases, int rows, int columns)
        {
            string transposed = graph.Add(
                "Transpose", [weights.Floats(prefix + matrices, experts, rows, columns)], Attributes.Ints("perm", 0, 2, 1));
            string product = graph.Add("MatMul", [input, transposed]);
            return config.Ffn.Bias ? graph.Add("Add", [product, weights.Floats(prefix + biases, experts, 1, rows)]) : product;
        }
    }

    /// <summary>Gives what each expert's output is weighted by, [n, E]: 0 for experts that a token is not sent to.</summary>
    private string Shares(string prefix, string tokens, MixtureFfnConfig mixture)
    {
        string scores = graph.Add("Cast", [Scores(prefix, tokens, mixture)], Attributes.Int("to", (long)DataType.Float));
        if (!config.Ffn.NormalizeExpertWeights)
            scores = Softmax(scores);
        string best = graph.NewName("best"), chosen = graph.NewName("chosen");
        graph.Add("", "TopK", [scores, graph.Constant(mixture.ActiveExperts)], [best, chosen], Attributes.Int("axis", -1));
        string shares = config.Ffn.NormalizeExpertWeights ? Softmax(best) : best;
        string none = graph.Add("Mul", [scores, graph.Number(0, DataType.Float)]);
        string all = graph.Add("ScatterElements", [none, chosen, shares], Attributes.Int("axis", 1));
        return graph.Add("Cast", [all], Attributes.Int("to", (long)options.FloatType));

        string Softmax(string value) => graph.Add("Softmax", [value], Attributes.Int("axis", -1));
    }

    /// <summary>Gives the router's scores, [n, E].</summary>
    private string Scores(string prefix, string tokens, MixtureFfnConfig mixture)
    {
        string matrix = graph.Add(
            "Transpose", [weights.Floats(prefix + WeightNames.Router, mixture.Experts, config.HiddenSize)], Attributes.Ints("perm", 1, 0));
        string scores = graph.Add("MatMul", [tokens, matrix]);
        return config.Ffn.RouterBias
            ? graph.Add("Add", [scores, weights.Floats(prefix + WeightNames.RouterBias, mixture.Experts)])
            : scores;
    }

    private string Activated(string gate, string up) => config.Ffn.Activation switch
    {
        Activation.TanhGelu => graph.Add("Mul", [graph.Add("Gelu", [gate], Attributes.Text("approximate", "tanh")), up]),
        Activation.ClampedSwish => ClampedSwish(gate, up),
        _ => graph.Add("Mul", [graph.Add("Mul", [gate, graph.Add("Sigmoid", [gate])]), up]),
    };

    private string ClampedSwish(string gate, string up)
    {
        string limit = Number(config.Ffn.ClampLimit);
        string bounded = graph.Add("Min", [gate, limit]);
        string around = graph.Add("Clip", [up, Number(-config.Ffn.ClampLimit), limit]);
        string swish = graph.Add("Mul", [bounded, graph.Add("Sigmoid", [graph.Add("Mul", [bounded, Number(config.Ffn.SwishSlope)])])]);
        return graph.Add("Mul", [swish, graph.Add("Add", [around, Number(1)])]);

        string Number(double value) => graph.Number(value, options.FloatType);
    }
}
