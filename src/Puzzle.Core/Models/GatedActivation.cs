using Puzzle.Architectures;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>What a gated FFN does between its projections; see <see cref="Activation"/>.</summary>
internal sealed class GatedActivation(FfnFeatures features)
{
    // GELU's tanh form, as a cubic polynomial inside the tanh.
    private static readonly Scalar Half = 0.5.ToScalar();
    private static readonly Scalar Cubic = 0.044715.ToScalar();
    private static readonly Scalar Root = Math.Sqrt(2 / Math.PI).ToScalar();

    private readonly Scalar _slope = features.SwishSlope.ToScalar();
    private readonly Scalar _limit = features.ClampLimit.ToScalar();
    private readonly Scalar _minusLimit = (-features.ClampLimit).ToScalar();

    /// <param name="gate">[..., F]</param>
    /// <param name="up">[..., F]</param>
    public Tensor Of(Tensor gate, Tensor up) => features.Activation switch
    {
        Activation.TanhGelu => TanhGelu(gate).mul(up),
        Activation.ClampedSwish => ClampedSwish(gate.clamp(max: _limit), up.clamp(_minusLimit, _limit)),
        _ => silu(gate).mul(up),
    };

    private Tensor ClampedSwish(Tensor gate, Tensor up) => gate.mul(gate.mul(_slope).sigmoid()).mul(up.add(Scalars.One, Scalars.One));

    private static Tensor TanhGelu(Tensor x) =>
        x.mul(Half).mul(x.mul(x).mul(x).mul(Cubic).add(x, Scalars.One).mul(Root).tanh().add(Scalars.One, Scalars.One));
}
