using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;
using Puzzle.Measurement;
using TorchSharp;

namespace Puzzle.Search.Profiling;

/// <summary>How times are measured.</summary>
public sealed class ProfilingOptions
{
    /// <summary>Gets or sets the device; the CPU by default.</summary>
    [AllowedValues(DeviceType.CPU, DeviceType.CUDA)]
    public DeviceType Device { get; set; } = DeviceType.CPU;

    /// <summary>Gets or sets the intra-operator threads; torch's current setting by default.</summary>
    [Range(1, 1024)]
    public int? Threads { get; set; }

    /// <summary>Gets or sets the number of samples of each time; 7 by default. Every round takes one sample of everything, in
    /// turn.</summary>
    [Range(1, 1_000_000)]
    public int Rounds { get; set; } = 7;

    /// <summary>Gets or sets what a sample lasts at least: shorter work is repeated within it; 5 ms by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MinimumSample { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Gets or sets the size of the last-level cache, in bytes; by default what the system says (Linux), else 32 MiB, and 64 MiB on a GPU.
    /// A stack's weights take twice as much.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long? CacheBytes { get; set; }

    /// <summary>
    /// Gets or sets what the weights of a stack may take, in bytes; 1 GiB by default. Exceeded only where one subblock alone,
    /// or twice the last-level cache, is larger.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long MaximumStackBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets the folder that keeps times between runs; none by default.</summary>
    [NotInRecipe("It says where times are kept.")]
    [MinLength(1)]
    public string? CachePath { get; set; }

    internal InterleavedTimer Timer(TimeProvider clock, DeviceType device) =>
        new(clock, Rounds, MinimumSample, TimingThread.Synchronizer(device));
}
