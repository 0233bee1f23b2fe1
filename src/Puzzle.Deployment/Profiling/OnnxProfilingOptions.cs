using System.ComponentModel.DataAnnotations;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Measurement;
using Puzzle.Native;

namespace Puzzle.Deployment.Profiling;

/// <summary>How times are measured in ONNX Runtime.</summary>
public sealed class OnnxProfilingOptions : TimingOptions
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

    internal OnnxSessionOptions Session => new() { Threads = Threads, Spin = Spin };

    /// <summary>Gives how many copies take turns.</summary>
    /// <param name="bytes">What a copy reads.</param>
    /// <param name="weightBytes">The part of it that counts against <see cref="TimingOptions.MaximumStackBytes"/>.</param>
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
