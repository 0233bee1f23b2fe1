using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>A gated FFN, by default SwiGLU: down(silu(gate(x)) * up(x)). F is the intermediate width.</summary>
internal sealed class GatedFeedForward : Subblock
{
    private readonly ResidualBranch _branch;
    private readonly GatedActivation _activation;
    private readonly Tensor _gate;
    private readonly Tensor _up;
    private readonly Tensor _down;
    private readonly Tensor? _gateBias;
    private readonly Tensor? _upBias;
    private readonly Tensor? _downBias;

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
        _activation = new GatedActivation(config.Ffn);
        _branch = TakeBranch(config, WeightNames.FfnNorm, WeightNames.FfnAfterNorm, weights);
        _gate = Take(weights, WeightNames.Gate, intermediateSize, config.HiddenSize);
        _up = Take(weights, WeightNames.Up, intermediateSize, config.HiddenSize);
        _down = Take(weights, WeightNames.Down, config.HiddenSize, intermediateSize);
        if (!config.Ffn.Bias)
            return;
        _gateBias = Take(weights, WeightNames.GateBias, intermediateSize);
        _upBias = Take(weights, WeightNames.UpBias, intermediateSize);
        _downBias = Take(weights, WeightNames.DownBias, config.HiddenSize);
    }

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        return _branch.Leave(hidden, linear(Intermediate(hidden), _down, _downBias));
    }

    /// <summary>Computes what the down projection sees, by default silu(gate(x)) * up(x), [B, T, F].</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <exception cref="ObjectDisposedException">The subblock is disposed.</exception>
    public Tensor Intermediate(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using OpenCalls.Call call = Enter();
        Tensor x = _branch.Enter(hidden);
        return _activation.Of(linear(x, _gate, _gateBias), linear(x, _up, _upBias));
    }

    internal override string Readout => WeightNames.Down;

    internal override Tensor? ReadoutBias => _downBias;

    internal override Tensor Features(Tensor hidden, RotaryTable rotary) => Intermediate(hidden);

    private protected override Tensor ComputeFolded(Tensor hidden, RotaryTable rotary)
    {
        Tensor x = _branch.EnterFolded(hidden);
        Tensor intermediate = _activation.Of(linear(x, _branch.Fold(_gate), _gateBias), linear(x, _branch.Fold(_up), _upBias));
        return _branch.Leave(hidden, linear(intermediate, _down, _downBias));
    }
}
