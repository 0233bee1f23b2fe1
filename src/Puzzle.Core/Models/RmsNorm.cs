using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Root-mean-square norm over the last dimension, computed in 32-bit floats.</summary>
internal sealed class RmsNorm(Tensor weight, double epsilon)
{
    private static readonly long[] LastDimension = [-1];
    private readonly Scalar _epsilon = epsilon.ToScalar();

    /// <param name="hidden">[..., D]</param>
    public Tensor Forward(Tensor hidden)
    {
        Tensor x = hidden.to(ScalarType.Float32);
        Tensor scale = x.mul(x).mean(LastDimension, keepdim: true).add(_epsilon, Scalars.One).rsqrt();
        return x.mul(scale).to(hidden.dtype).mul(weight);
    }
}
