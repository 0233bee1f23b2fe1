using Puzzle.Architectures;
using Puzzle.Fusion;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Fusion;

/// <summary>Models with runs of FFNs, and what one FFN computes, in plain 64-bit arithmetic.</summary>
internal static class FusionCases
{
    /// <summary>Layers 0, 1 and 3 are a run; so are 4 and 5.</summary>
    public static readonly string[] TwoRuns = ["gqa-4/48", "noop/16", "noop/noop", "noop/32", "gqa-2/48", "noop/16"];

    /// <summary>Gives a model of random weights, norms and biases included.</summary>
    public static CausalLanguageModel Create(
        IEnumerable<string> blocks, FfnFeatures? ffn = null, bool addsOne = false, double multiplier = 1)
    {
        ModelConfig config = TinyModel.Config() with
        {
            Architecture = new Architecture(blocks.Select(BlockConfig.Parse)),
            Ffn = ffn ?? new(),
            Norms = new() { AddsOne = addsOne },
            ResidualMultiplier = multiplier,
        };
        CausalLanguageModel model = TinyModel.Loud(config);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var generator = new Generator(7, CPU);
        foreach ((_, Tensor weight) in model.Weights.Where(weight => weight.Value.dim() == 1))
            weight.copy_(randn(weight.shape, generator: generator) * 0.3 + (addsOne ? 0 : 1));
        return model;
    }

    /// <summary>Gives what some FFNs add to a residual stream, each on the stream itself, and the sum of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layers">Whose FFNs.</param>
    /// <param name="stream">One token's stream.</param>
    public static double[] Added(CausalLanguageModel model, IEnumerable<int> layers, double[] stream)
    {
        var sum = new double[stream.Length];
        foreach (int layer in layers)
        {
            double[] added = Added(model, layer, stream);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += added[i];
        }
        return sum;
    }

    public static double Cosine(double[] one, double[] other) =>
        one.Zip(other, (a, b) => a * b).Sum() / Math.Sqrt(one.Sum(a => a * a) * other.Sum(b => b * b));

    private static double[] Added(CausalLanguageModel model, int layer, double[] stream)
    {
        ModelConfig config = model.Config;
        double scale = 1 / Math.Sqrt(stream.Average(x => x * x) + config.RmsNormEpsilon);
        double[] norm = Vector(WeightNames.FfnNorm)!;
        double[] input = [.. stream.Select((x, i) => x * scale * (norm[i] + (config.Norms.AddsOne ? 1 : 0)))];
        double[] gate = Times(WeightNames.Gate, input, Vector(WeightNames.GateBias));
        double[] up = Times(WeightNames.Up, input, Vector(WeightNames.UpBias));
        double[] middle = [.. gate.Zip(up, (g, u) => Gated(config.Ffn, g, u))];
        return [.. Times(WeightNames.Down, middle, Vector(WeightNames.DownBias)).Select(x => x * config.ResidualMultiplier)];

        double[]? Vector(string name) =>
            model.Blocks[layer].Ffn.Weights.TryGetValue(name, out Tensor? weight) ? Numbers(weight) : null;

        double[] Times(string name, double[] vector, double[]? bias)
        {
            Tensor weight = model.Blocks[layer].Ffn.Weights[name];
            return [.. Numbers(weight).Chunk(vector.Length).Select(
                (row, i) => row.Zip(vector, (a, b) => a * b).Sum() + (bias?[i] ?? 0))];
        }
    }

    private static double Gated(FfnFeatures features, double gate, double up) => features.Activation switch
    {
        Activation.TanhGelu =>
            0.5 * gate * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (gate + (0.044715 * gate * gate * gate)))) * up,
        Activation.ClampedSwish => Clamped(Math.Min(gate, features.ClampLimit), features) * (1
            + Math.Clamp(up, -features.ClampLimit, features.ClampLimit)),
        _ => gate / (1 + Math.Exp(-gate)) * up,
    };

    private static double Clamped(double gate, FfnFeatures features) => gate / (1 + Math.Exp(-features.SwishSlope * gate));

    public static double[] Numbers(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    public static FusedFfns Groups(CausalLanguageModel model, params int[][] groups) => new([], [.. groups.Select(layers => new FfnGroup(
        layers, layers.Sum(layer => (model.Config.Architecture[layer].Ffn as GatedFfnConfig)?.IntermediateSize ?? 0), 0))]);
}
