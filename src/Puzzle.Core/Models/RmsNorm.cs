using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Root-mean-square norm over the last dimension, computed in 32-bit floats; multiplies by the weight, or by 1 + weight.</summary>
internal sealed class RmsNorm(Tensor weight, double epsilon, bool addsOne = false)
{
    private static readonly long[] LastDimension = [-1];
    private readonly Scalar _epsilon = epsilon.ToScalar();

    private Tensor Scale => addsOne ? weight.add(Scalars.One, Scalars.One) : weight;

    /// <param name="hidden">[..., D]</param>
    public Tensor Forward(Tensor hidden) => Normalize(hidden).mul(Scale);

    /// <summary>Gives the normalized input before the weight.</summary>
    /// <param name="hidden">[..., D]</param>
    public Tensor Normalize(Tensor hidden)
    {
        Tensor x = hidden.to(ScalarType.Float32);
        Tensor scale = x.mul(x).mean(LastDimension, keepdim: true).add(_epsilon, Scalars.One).rsqrt();
        return x.mul(scale).to(hidden.dtype);
    }

    /// <summary>Multiplies the weight into a matrix that reads the norm's output: the product reads the normalized input.</summary>
    /// <param name="matrix">[..., D]</param>
    public Tensor Fold(Tensor matrix) => matrix.mul(Scale);
}
