using Puzzle.Architectures;
using Puzzle.Foundation;

using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Rotary position embedding in the half-rotation layout of Hugging Face Llama checkpoints.</summary>
public sealed class RotaryEmbedding : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(RotaryEmbedding));
    private readonly Tensor _cosine;
    private readonly Tensor _signedSine;

    /// <summary>Computes the tables in double precision.</summary>
    /// <param name="config">The model's shape: head size, theta, scaling and max positions.</param>
    /// <param name="device">Where the tables live.</param>
    /// <param name="type">The compute type.</param>
    public RotaryEmbedding(ModelConfig config, Device device, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(config);
        int positions = config.MaxPositions, size = config.HeadSize, half = size / 2;
        double[] frequencies = Frequencies(config);
        var cosine = new float[positions * size];
        var sine = new float[positions * size];
        for (int position = 0; position < positions; position++)
        {
            for (int i = 0; i < half; i++)
            {
                (double sin, double cos) = Math.SinCos(position * frequencies[i]);
                int at = (position * size) + i;
                cosine[at] = cosine[at + half] = (float)cos;
                sine[at] = -(float)sin;
                sine[at + half] = (float)sin;
            }
        }
        using var scope = NewDisposeScope();
        _cosine = tensor(cosine, [positions, size]).to(type, device).DetachFromDisposeScope();
        _signedSine = tensor(sine, [positions, size]).to(type, device).DetachFromDisposeScope();
        MaxPositions = positions;
    }

    /// <summary>Gets the number of positions the tables hold.</summary>
    public int MaxPositions { get; }

    /// <summary>Gives the table of consecutive positions.</summary>
    /// <param name="offset">The first position.</param>
    /// <param name="length">The number of positions.</param>
    /// <exception cref="ArgumentOutOfRangeException">The positions go beyond <see cref="MaxPositions"/>.</exception>
    /// <exception cref="ObjectDisposedException">The tables are disposed.</exception>
    public RotaryTable At(int offset, int length)
    {
        using OpenCalls.Call call = _calls.Enter();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > MaxPositions - offset)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"The model holds {MaxPositions} positions; {(long)offset + length} were asked for.");
        return new RotaryTable(_cosine.narrow(0, offset, length), _signedSine.narrow(0, offset, length), offset);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        _cosine.Dispose();
        _signedSine.Dispose();
    }

    /// <summary>Gives the angle per position of each pair of dimensions, scaling applied, [H / 2].</summary>
    internal static double[] Frequencies(ModelConfig config)
    {
        var frequencies = new double[config.HeadSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = Scale(Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize), config.RopeScaling);
        return frequencies;
    }

    private static double Scale(double frequency, RopeScaling? scaling)
    {
        if (scaling is null)
            return frequency;
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength > scaling.OriginalMaxPositions / scaling.LowFrequencyFactor)
            return frequency / scaling.Factor;
        if (wavelength < scaling.OriginalMaxPositions / scaling.HighFrequencyFactor)
            return frequency;
        double blend = ((scaling.OriginalMaxPositions / wavelength) - scaling.LowFrequencyFactor)
            / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - blend) * frequency / scaling.Factor) + (blend * frequency);
    }
}
