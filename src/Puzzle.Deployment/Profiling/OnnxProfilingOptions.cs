using System.ComponentModel.DataAnnotations;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Native;

namespace Puzzle.Deployment.Profiling;

/// <summary>How times are measured in ONNX Runtime.</summary>
public sealed class OnnxProfilingOptions
{
    /// <summary>Gets or sets the threads that compute one operator; ONNX Runtime's choice by default.</summary>
    [Range(1, 1024)]
    public int? Threads { get; set; }

    /// <summary>Gets or sets a value indicating whether waiting threads spin; false by default. See
    /// <see cref="OnnxSessionOptions.Spin"/>.</summary>
    public bool Spin { get; set; }

    /// <summary>Gets or sets how many weights share a scale where the workload's weights are Int8 or Int4; 32 by default.</summary>
    [AllowedValues(16, 32, 64, 128, 256)]
    public int BlockSize { get; set; } = 32;

    /// <summary>Gets or sets what quantized products may be computed in; 4, bytes, by default. See
    /// <see cref="OnnxExportOptions.AccuracyLevel"/>.</summary>
    [Range(0, 4)]
    public int AccuracyLevel { get; set; } = 4;

    /// <summary>Gets or sets a value indicating whether the embedding is quantized too; false by default.</summary>
    public bool QuantizeEmbedding { get; set; }

    /// <summary>Gets or sets the number of samples of each time; 7 by default. Every round takes one sample of everything, in
    /// turn.</summary>
    [Range(1, 1_000_000)]
    public int Rounds { get; set; } = 7;

    /// <summary>Gets or sets what a sample lasts at least: shorter work is repeated within it; 5 ms by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MinimumSample { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Gets or sets the size of the last-level cache, in bytes; by default what the system says (Linux), else 32 MiB. The copies of a
    /// subblock, or of a whole model, that take turns are twice as large together: weights are read from memory, as they are where other
    /// work uses the cache between two steps. A small number measures weights that stay in the cache.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long? CacheBytes { get; set; }

    /// <summary>Gets or sets what one stack's weights, and its keys and values, may take each, in bytes; 1 GiB by default. Exceeded only by
    /// a single copy that is larger.</summary>
    [Range(1, long.MaxValue)]
    public long MaximumStackBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets the folder that keeps times between runs; none by default.</summary>
    [NotInRecipe("It says where times are kept.")]
    [MinLength(1)]
    public string? CachePath { get; set; }

    internal InterleavedTimer Timer(TimeProvider clock) => new(clock, Rounds, MinimumSample, () => { });

    internal OnnxSessionOptions Session => new() { Threads = Threads, Spin = Spin };

    /// <summary>Gives how many copies take turns.</summary>
    /// <param name="bytes">What a copy reads.</param>
    /// <param name="weightBytes">The part of it that counts against <see cref="MaximumStackBytes"/>.</param>
    /// <param name="fewest">At least so many.</param>
    /// <param name="most">At most so many.</param>
    internal int CopiesToStayCold(long bytes, long weightBytes, int fewest, int most)
    {
        long affordable = Math.Clamp(MaximumStackBytes / Math.Max(1, weightBytes), 1, most);
        long cold = ((2 * LastLevelCacheBytes) + bytes - 1) / Math.Max(1, bytes);
        return (int)Math.Min(affordable, Math.Max(fewest, cold));
    }

    internal long LastLevelCacheBytes => CacheBytes ?? HostHardware.LastLevelCacheBytes() ?? 32L << 20;
}
