using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Random weights for training a model from nothing: normal with deviation 0.02, residual outputs scaled down with depth, norms one.</summary>
public static class RandomWeights
{
    private const double Deviation = 0.02;

    /// <summary>Creates a model with random 32-bit weights; the same seed gives the same weights.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="seed">The seed of the generator.</param>
    /// <param name="device">Where the weights live; the CPU by default.</param>
    public static CausalLanguageModel Create(ModelConfig config, long seed, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        using var generator = new Generator((ulong)seed, CPU);
        double residual = Deviation / Math.Sqrt(2.0 * config.Layers);
        var shapes = HuggingFaceNames.Model(config).ToDictionary(weight => weight.Name, weight => weight.Shape.ToArray(), StringComparer.Ordinal);
        return CausalLanguageModel.Create(config, name =>
        {
            using var scope = NewDisposeScope();
            long[] shape = shapes[name];
            if (shape.Length == 1)
                return ones(shape, ScalarType.Float32, device).MoveToOuterDisposeScope();
            bool writesResidual = name.EndsWith(HuggingFaceNames.Output, StringComparison.Ordinal) || name.EndsWith(HuggingFaceNames.Down, StringComparison.Ordinal);
            return normal(0, writesResidual ? residual : Deviation, shape, ScalarType.Float32, CPU, generator: generator).to(device ?? CPU).MoveToOuterDisposeScope();
        });
    }
}
