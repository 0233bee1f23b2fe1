using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>The linear replacement of an attention or FFN subblock: its norm and one D x D matrix.</summary>
public sealed class LinearSubblock : Subblock
{
    private readonly RmsNorm _norm;
    private readonly Tensor _matrix;
    private readonly string _matrixName;

    private LinearSubblock(ModelConfig config, string normName, string matrixName, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        _norm = new RmsNorm(Take(weights, normName, config.HiddenSize), config.RmsNormEpsilon);
        _matrixName = matrixName;
        _matrix = Take(weights, matrixName, config.HiddenSize, config.HiddenSize);
    }

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        return hidden.add(linear(_norm.Forward(hidden), _matrix), Native.Scalars.One);
    }

    internal override string Readout => _matrixName;

    internal override Tensor Features(Tensor hidden, RotaryTable rotary)
    {
        using OpenCalls.Call call = Enter();
        return _norm.Forward(hidden);
    }

    private protected override Tensor ComputeFolded(Tensor hidden, RotaryTable rotary) =>
        hidden.add(linear(_norm.Normalize(hidden), _norm.Fold(_matrix)), Native.Scalars.One);

    internal static LinearSubblock ForAttention(ModelConfig config, WeightSource weights) =>
        new(config, WeightNames.AttentionNorm, WeightNames.LinearAttention, weights);

    internal static LinearSubblock ForFfn(ModelConfig config, WeightSource weights) =>
        new(config, WeightNames.FfnNorm, WeightNames.LinearFfn, weights);
}
