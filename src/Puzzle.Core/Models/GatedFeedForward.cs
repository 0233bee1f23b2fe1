using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>SwiGLU: down(silu(gate(x)) * up(x)). F is the intermediate width.</summary>
public sealed class GatedFeedForward : Subblock
{
    private readonly RmsNorm _norm;
    private readonly Tensor _gate;
    private readonly Tensor _up;
    private readonly Tensor _down;

    /// <summary>Takes the weights from a source.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="intermediateSize">The width F.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    /// <exception cref="ArgumentException">A weight has another shape.</exception>
    public GatedFeedForward(ModelConfig config, int intermediateSize, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(intermediateSize);
        _norm = new RmsNorm(Take(weights, WeightNames.FfnNorm, config.HiddenSize), config.RmsNormEpsilon);
        _gate = Take(weights, WeightNames.Gate, intermediateSize, config.HiddenSize);
        _up = Take(weights, WeightNames.Up, intermediateSize, config.HiddenSize);
        _down = Take(weights, WeightNames.Down, config.HiddenSize, intermediateSize);
    }

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        return hidden.add(linear(Intermediate(hidden), _down), Native.Scalars.One);
    }

    /// <summary>Computes what the down projection sees: silu(gate(x)) * up(x), [B, T, F].</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <exception cref="ObjectDisposedException">The subblock is disposed.</exception>
    public Tensor Intermediate(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using OpenCalls.Call call = Enter();
        Tensor x = _norm.Forward(hidden);
        return silu(linear(x, _gate)).mul(linear(x, _up));
    }

    internal override string Readout => WeightNames.Down;

    internal override Tensor Features(Tensor hidden, RotaryTable rotary) => Intermediate(hidden);

    private protected override Tensor ComputeFolded(Tensor hidden, RotaryTable rotary)
    {
        Tensor x = _norm.Normalize(hidden);
        Tensor intermediate = silu(linear(x, _norm.Fold(_gate))).mul(linear(x, _norm.Fold(_up)));
        return hidden.add(linear(intermediate, _down), Native.Scalars.One);
    }
}
