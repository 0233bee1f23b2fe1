using Puzzle.Measurement;

namespace Puzzle.Search.Profiling;

/// <summary>What a device can do at best, and the share of it that real kernels reach.</summary>
/// <param name="Name">The device.</param>
/// <param name="PeakOperations">Floating-point operations per second by activation type, dense.</param>
/// <param name="MemoryBandwidth">Bytes per second.</param>
public sealed record HardwareSpec(string Name, IReadOnlyDictionary<ElementType, double> PeakOperations, double MemoryBandwidth)
{
    /// <summary>Gets the NVIDIA H100 SXM, from its data sheet.</summary>
    public static HardwareSpec H100Sxm { get; } = Gpu("NVIDIA H100 SXM", 67e12, 989.4e12, 1978.9e12, 3.35e12);

    /// <summary>Gets the NVIDIA A100 SXM 80 GB, from its data sheet: no 8-bit floating point, which computes as 16-bit.</summary>
    public static HardwareSpec A100Sxm { get; } = Gpu("NVIDIA A100 SXM 80GB", 19.5e12, 312e12, 312e12, 2.039e12);

    /// <summary>Gets the NVIDIA L40S, from its data sheet.</summary>
    public static HardwareSpec L40S { get; } = Gpu("NVIDIA L40S", 91.6e12, 362e12, 733e12, 0.864e12);

    /// <summary>Gets the NVIDIA GeForce RTX 4090, from its architecture paper (16-bit with 32-bit accumulation).</summary>
    public static HardwareSpec Rtx4090 { get; } = Gpu("NVIDIA GeForce RTX 4090", 82.6e12, 165.2e12, 330.3e12, 1.008e12);

    /// <summary>Gets the share of the peak that matrix products reach; 0.6 by default.</summary>
    public double ComputeEfficiency { get; init; } = 0.6;

    /// <summary>Gets the share of the peak that attention itself (scores and their use) reaches; 0.3 by default.</summary>
    public double AttentionEfficiency { get; init; } = 0.3;

    /// <summary>Gets the share of the bandwidth that kernels reach; 0.7 by default.</summary>
    public double MemoryEfficiency { get; init; } = 0.7;

    /// <summary>Gets the time that running a subblock once takes whatever its size, in seconds; 20 microseconds by default.</summary>
    public double SubblockOverhead { get; init; } = 20e-6;

    /// <summary>Gives the peak for an element type.</summary>
    /// <param name="type">The activations' type.</param>
    /// <exception cref="NotSupportedException">The device's peak in that type is not known.</exception>
    public double Peak(ElementType type)
        => PeakOperations.TryGetValue(type, out double peak)
            ? peak
            : throw new NotSupportedException(
                $"The peak rate of {Name} in {type} is not known; known are {string.Join(", ", PeakOperations.Keys)}.");

    /// <summary>Checks that all numbers are sensible.</summary>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public void Validate()
    {
        bool isSensible = PeakOperations.Values.Append(MemoryBandwidth).All(rate => rate > 0 && double.IsFinite(rate))
            && ComputeEfficiency is > 0 and <= 1 && AttentionEfficiency is > 0 and <= 1 && MemoryEfficiency is > 0 and <= 1
            && SubblockOverhead >= 0 && double.IsFinite(SubblockOverhead);
        if (!isSensible)
            throw new ArgumentException(
                $"The specification of {Name} needs positive rates, efficiencies in (0, 1] and an overhead that is not negative.");
    }

    private static HardwareSpec Gpu(string name, double float32, double float16, double bits8, double bandwidth) => new(
        name,
        new Dictionary<ElementType, double>
        {
            [ElementType.Float32] = float32,
            [ElementType.Float16] = float16,
            [ElementType.BFloat16] = float16,
            [ElementType.Float8] = bits8,
            [ElementType.Int8] = bits8,
        },
        bandwidth);
}
