using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>The linear replacement of an attention or FFN subblock: its norms and one D x D matrix, with a bias where the subblock has
/// biases.</summary>
internal sealed class LinearSubblock : Subblock
{
    private readonly ResidualBranch _branch;
    private readonly Tensor _matrix;
    private readonly Tensor? _bias;
    private readonly string _matrixName;

    private LinearSubblock(
        ModelConfig config, (string Before, string After) norms, (string Matrix, string Bias) names, bool hasBias, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        _branch = TakeBranch(config, norms.Before, norms.After, weights);
        _matrixName = names.Matrix;
        _matrix = Take(weights, names.Matrix, config.HiddenSize, config.HiddenSize);
        _bias = hasBias ? Take(weights, names.Bias, config.HiddenSize) : null;
    }

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        return _branch.Leave(hidden, linear(_branch.Enter(hidden), _matrix, _bias));
    }

    internal override string Readout => _matrixName;

    internal override Tensor? ReadoutBias => _bias;

    internal override Tensor Features(Tensor hidden, RotaryTable rotary)
    {
        using OpenCalls.Call call = Enter();
        return _branch.Enter(hidden);
    }

    private protected override Tensor ComputeFolded(Tensor hidden, RotaryTable rotary) =>
        _branch.Leave(hidden, linear(_branch.EnterFolded(hidden), _branch.Fold(_matrix), _bias));

    internal static LinearSubblock ForAttention(ModelConfig config, WeightSource weights) => new(
        config, (WeightNames.AttentionNorm, WeightNames.AttentionAfterNorm), (WeightNames.LinearAttention, WeightNames.LinearAttentionBias),
        config.Attention.HasLinearBias, weights);

    internal static LinearSubblock ForFfn(ModelConfig config, WeightSource weights) => new(
        config, (WeightNames.FfnNorm, WeightNames.FfnAfterNorm), (WeightNames.LinearFfn, WeightNames.LinearFfnBias), config.Ffn.Bias,
        weights);
}
