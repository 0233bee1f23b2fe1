using Puzzle.Architectures;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>The rotary position embeddings of a model, in the half-rotation layout of Hugging Face checkpoints. Safe for concurrent
/// use.</summary>
public sealed class RotaryEmbedding : IDisposable
{
    // What most texts need; a longer one makes the table grow to the next power of two, however many positions the model promises.
    private const int FirstPositions = 2048;

    private readonly OpenCalls _calls = new(typeof(RotaryEmbedding));
    private readonly RotarySettings[] _rotaries;
    private readonly Dictionary<(int Rotary, int Length), (Tensor Cosine, Tensor SignedSine)> _tables = [];
    private readonly Device _device;
    private readonly ScalarType _type;

    /// <summary>Computes the first part of the tables, in double precision; the rest follows when it is asked for.</summary>
    /// <param name="config">The model's shape: head size, rotary embeddings and max positions.</param>
    /// <param name="device">Where the tables live.</param>
    /// <param name="type">The compute type.</param>
    public RotaryEmbedding(ModelConfig config, Device device, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_rotaries, _device, _type, MaxPositions) = ([.. config.Rotaries], device, type, config.MaxPositions);
        for (int rotary = 0; rotary < _rotaries.Length; rotary++)
        {
            foreach (int length in KeptLengths(_rotaries[rotary]))
                Kept(rotary, length, end: 0);
        }
    }

    /// <summary>Gets the number of positions there are.</summary>
    public int MaxPositions { get; }

    /// <summary>Gives the tables of consecutive positions, the last of which ends the text: scalings that depend on its length go by
    /// that.</summary>
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
            throw new ArgumentOutOfRangeException(
                nameof(length), length, $"The model holds {MaxPositions} positions; {(long)offset + length} were asked for.");
        RotaryTable first = At(0, offset, length);
        return _rotaries.Length == 1
            ? first
            : first with { Others = [.. Enumerable.Range(1, _rotaries.Length - 1).Select(rotary => At(rotary, offset, length))] };
    }

    /// <summary>Tells whether texts of two lengths are rotated alike; if not, keys kept from one are wrong for the other.</summary>
    /// <param name="length">Tokens.</param>
    /// <param name="otherLength">Tokens.</param>
    public bool IsSame(int length, int otherLength) => _rotaries.All(rotary => RotaryFrequencies.IsSame(rotary, length, otherLength));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        foreach ((Tensor cosine, Tensor sine) in _tables.Values)
        {
            cosine.Dispose();
            sine.Dispose();
        }
    }

    private RotaryTable At(int rotary, int offset, int length)
    {
        RotarySettings settings = _rotaries[rotary];
        int end = offset + length;
        foreach (int kept in KeptLengths(settings))
        {
            if (end <= kept && RotaryFrequencies.IsSame(settings, end, kept))
            {
                lock (_tables)
                {
                    (Tensor cosine, Tensor sine) = Kept(rotary, kept, end);
                    return new RotaryTable(cosine.narrow(0, offset, length), sine.narrow(0, offset, length), offset);
                }
            }
        }
        (Tensor allCosine, Tensor allSine) = Compute(settings, end, end);
        return new RotaryTable(allCosine.narrow(0, offset, length), allSine.narrow(0, offset, length), offset);
    }

    // The lengths whose tables are kept: the longest of each kind. Beyond the context of dynamic scaling each length is a kind of its own.
    private int[] KeptLengths(RotarySettings rotary) => rotary.Scaling switch
    {
        DynamicRopeScaling dynamic => [Math.Min(dynamic.OriginalMaxPositions, MaxPositions)],
        LongRopeScaling longRope when longRope.OriginalMaxPositions < MaxPositions => [longRope.OriginalMaxPositions, MaxPositions],
        _ => [MaxPositions],
    };

    /// <summary>Gives the table of a kept length, computed at least as far as is asked for. Views of a shorter one stay valid.</summary>
    private (Tensor Cosine, Tensor SignedSine) Kept(int rotary, int kept, int end)
    {
        bool isThere = _tables.TryGetValue((rotary, kept), out (Tensor Cosine, Tensor SignedSine) table);
        if (isThere && table.Cosine.size(0) >= end)
            return table;
        if (isThere)
        {
            table.Cosine.Dispose();
            table.SignedSine.Dispose();
        }
        using var scope = NewDisposeScope();
        int positions = (int)Math.Min(kept, Math.Max(FirstPositions, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)end)));
        (Tensor cosine, Tensor sine) = Compute(_rotaries[rotary], kept, positions);
        return _tables[(rotary, kept)] = (cosine.DetachFromDisposeScope(), sine.DetachFromDisposeScope());
    }

    private (Tensor Cosine, Tensor SignedSine) Compute(RotarySettings rotary, int textLength, int positions)
    {
        int size = rotary.Size, half = size / 2;
        double[] frequencies = RotaryFrequencies.Of(rotary, textLength);
        double factor = RotaryFrequencies.AttentionFactor(rotary);
        var cosine = new float[(long)positions * size];
        var sine = new float[(long)positions * size];
        for (int position = 0; position < positions; position++)
        {
            for (int i = 0; i < half; i++)
            {
                (double sin, double cos) = Math.SinCos(position * frequencies[i]);
                long at = ((long)position * size) + i;
                cosine[at] = cosine[at + half] = (float)(cos * factor);
                sine[at] = -(float)(sin * factor);
                sine[at + half] = (float)(sin * factor);
            }
        }
        return (tensor(cosine, [positions, size]).to(_type, _device), tensor(sine, [positions, size]).to(_type, _device));
    }
}
