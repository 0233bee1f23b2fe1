using Puzzle.Architectures;
using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Search.Profiling;

/// <summary>
/// One long strip of random numbers, larger than the last-level cache, from which the copies of every stack are cut. Use moves
/// along it and around: whatever is read next was last read a whole lap ago, so weights come from memory as in a whole model,
/// and all stacks together take the memory of one.
/// </summary>
internal sealed class WeightTape : IDisposable
{
    private const long Alignment = 64;
    private const int MostCopies = 1024;

    // Drawn once and repeated: drawing takes a hundred times as long as copying, and times do not depend on the numbers.
    private const long DrawnElements = 1 << 20;

    private readonly Tensor _numbers;
    private long _position;

    /// <param name="elements">The length in elements.</param>
    /// <param name="type">The element type.</param>
    /// <param name="device">Where.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public WeightTape(long elements, ScalarType type, Device device, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        long drawn = Math.Min(elements, DrawnElements);
        Tensor random = normal(0, 0.02, [drawn], ScalarType.Float32, CPU, generator: generator).to(type).to(device);
        Tensor numbers = empty([elements], type, device);
        for (long start = 0; start < elements; start += drawn)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var piece = NewDisposeScope();
            long length = Math.Min(drawn, elements - start);
            numbers.narrow(0, start, length).copy_(random.narrow(0, 0, length));
        }
        _numbers = numbers.DetachFromDisposeScope();
    }

    /// <summary>Gives the length that a set of weights takes, in elements.</summary>
    public static long LengthOf(IEnumerable<WeightShape> weights) => weights.Sum(weight => Aligned(weight.ElementCount));

    /// <summary>Gives how many copies of some length there are room for.</summary>
    public int CopiesOf(long length) => (int)Math.Clamp(_numbers.numel() / length, 1, MostCopies);

    /// <summary>Cuts the weights of one copy; each is a view of the tape.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="copy">The copy's index.</param>
    public WeightSource Cut(IReadOnlyList<WeightShape> weights, int copy)
    {
        long offset = LengthOf(weights) * copy;
        var places = new Dictionary<string, (long Offset, WeightShape Weight)>(StringComparer.Ordinal);
        foreach (WeightShape weight in weights)
        {
            places.Add(weight.Name, (offset, weight));
            offset += Aligned(weight.ElementCount);
        }
        return name =>
        {
            (long start, WeightShape weight) = places[name];
            using Tensor flat = _numbers.narrow(0, start, weight.ElementCount);
            return flat.view([.. weight.Shape]);
        };
    }

    /// <summary>Gives the first copy that begins at or after the place reached, and moves past it.</summary>
    /// <param name="length">The length of one copy.</param>
    /// <param name="copies">The number of copies.</param>
    public int Next(long length, int copies)
    {
        long copy = (_position + length - 1) / length;
        if (copy >= copies)
            copy = 0;
        _position = (copy + 1) * length;
        return (int)copy;
    }

    public void Dispose() => _numbers.Dispose();

    private static long Aligned(long elements) => (elements + Alignment - 1) / Alignment * Alignment;
}
