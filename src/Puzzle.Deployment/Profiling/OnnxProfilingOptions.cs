using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Foundation;
using Puzzle.Native;

namespace Puzzle.Deployment.Profiling;

/// <summary>How times are measured in ONNX Runtime.</summary>
public sealed class OnnxProfilingOptions
{
    /// <summary>Gets or sets the threads that compute one operator; ONNX Runtime's choice by default.</summary>
    public int? Threads { get; set; }

    /// <summary>Gets or sets a value indicating whether waiting threads spin; false by default. See <see cref="OnnxSessionOptions.Spin"/>.</summary>
    public bool Spin { get; set; }

    /// <summary>Gets or sets how many weights share a scale where the workload's weights are Int8 or Int4; 32 by default.</summary>
    public int BlockSize { get; set; } = 32;

    /// <summary>Gets or sets what quantized products may be computed in; 4, bytes, by default. See <see cref="OnnxExportOptions.AccuracyLevel"/>.</summary>
    public int AccuracyLevel { get; set; } = 4;

    /// <summary>Gets or sets a value indicating whether the embedding is quantized too; false by default.</summary>
    public bool QuantizeEmbedding { get; set; }

    /// <summary>Gets or sets the number of samples of each time; 7 by default. Every round takes one sample of everything, in turn.</summary>
    public int Rounds { get; set; } = 7;

    /// <summary>Gets or sets what a sample lasts at least: shorter work is repeated within it; 5 ms by default.</summary>
    public TimeSpan MinimumSample { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Gets or sets the size of the last-level cache, in bytes; by default what the system says (Linux), else 32 MiB. The copies of a subblock, or of
    /// a whole model, that take turns are twice as large together: weights are read from memory, as they are where other work uses the cache
    /// between two steps. A small number measures weights that stay in the cache.
    /// </summary>
    public long? CacheBytes { get; set; }

    /// <summary>Gets or sets what one stack's weights, and its keys and values, may take each, in bytes; 1 GiB by default. Exceeded only by a single copy that is larger.</summary>
    public long MaximumStackBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets the folder that keeps times between runs; none by default.</summary>
    [NotInRecipe("It says where times are kept.")]
    public string? CachePath { get; set; }

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

    /// <summary>Checks that every option is sensible.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public void Validate()
    {
        Require(Threads is null or > 0, nameof(Threads), Threads, "positive");
        Require(BlockSize is 16 or 32 or 64 or 128 or 256, nameof(BlockSize), BlockSize, "16, 32, 64, 128 or 256");
        Require(AccuracyLevel is >= 0 and <= 4, nameof(AccuracyLevel), AccuracyLevel, "0 to 4");
        Require(Rounds > 0, nameof(Rounds), Rounds, "positive");
        Require(MinimumSample >= TimeSpan.Zero, nameof(MinimumSample), MinimumSample, "non-negative");
        Require(CacheBytes is null or > 0, nameof(CacheBytes), CacheBytes, "positive");
        Require(MaximumStackBytes > 0, nameof(MaximumStackBytes), MaximumStackBytes, "positive");
        Require(CachePath is null or { Length: > 0 }, nameof(CachePath), CachePath, "a folder or null");
    }

    private static void Require(bool condition, string option, object? value, string expected)
    {
        if (!condition)
            throw new ArgumentException($"{nameof(OnnxProfilingOptions)}.{option} is '{value}'; expected {expected}.");
    }
}
