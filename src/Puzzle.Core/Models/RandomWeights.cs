using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Random weights for training a model from nothing: normal with deviation 0.02, residual outputs scaled down with depth, norms
/// one.</summary>
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
        TorchRuntime.Initialize();
        using var generator = new Generator((ulong)seed, CPU);
        var weights = WeightNames.Model(config).ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        return CausalLanguageModel.Create(config, name =>
        {
            using var scope = NewDisposeScope();
            return Make(config, weights[name], generator).to(device ?? CPU).MoveToOuterDisposeScope();
        });
    }

    /// <summary>Writes a checkpoint of random weights, one tensor in memory at a time: models of any size for tests and
    /// measurements.</summary>
    /// <param name="folder">The folder to create, or whose checkpoint to replace.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="seed">The seed. Each weight has a generator of its own, so the layout does not matter; <see cref="Create"/> gives other
    /// weights.</param>
    /// <param name="type">The element type to store; bfloat16 by default.</param>
    /// <param name="options">The layout; defaults if null.</param>
    /// <param name="cancellationToken">Stops between weights and within one; what was there stays as it was.</param>
    public static void Save(
        string folder, ModelConfig config, long seed, ScalarType type = ScalarType.BFloat16, CheckpointWriterOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        TorchRuntime.Initialize();
        var weights = WeightNames.Model(config).Index().ToDictionary(entry => entry.Item.Name, StringComparer.Ordinal);
        CheckpointWriter.Save(folder, config, name =>
        {
            using var generator = new Generator(((ulong)seed * (ulong)weights.Count) + (ulong)weights[name].Index, CPU);
            return Make(config, weights[name].Item, generator);
        }, type, options, cancellationToken);
    }

    // Biases, sinks and norms of the form 1 + weight begin at zero.
    private static bool IsScale(ModelConfig config, string name) =>
        name.EndsWith("norm.weight", StringComparison.Ordinal) && !config.Norms.AddsOne;

    private static Tensor Make(ModelConfig config, WeightShape weight, Generator generator)
    {
        long[] shape = [.. weight.Shape];
        if (shape.Length == 1 || weight.Name.EndsWith(".bias", StringComparison.Ordinal))
            return IsScale(config, weight.Name) ? ones(shape, ScalarType.Float32, CPU) : zeros(shape, ScalarType.Float32, CPU);
        bool writesResidual = new[] { WeightNames.Output, WeightNames.Down, WeightNames.ExpertDown }.Any(
            name => weight.Name.EndsWith(name, StringComparison.Ordinal));
        double deviation = writesResidual ? Deviation / Math.Sqrt(2.0 * config.Layers) : Deviation;
        return normal(0, deviation, shape, ScalarType.Float32, CPU, generator: generator);
    }
}
