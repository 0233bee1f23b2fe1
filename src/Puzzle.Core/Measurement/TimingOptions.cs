using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;

namespace Puzzle.Measurement;

/// <summary>How times are measured in every engine.</summary>
public abstract class TimingOptions
{
    /// <summary>Gets or sets the number of samples of each time; 7 by default. Every round takes one sample of everything, in
    /// turn.</summary>
    [Range(1, 1_000_000)]
    public int Rounds { get; set; } = 7;

    /// <summary>Gets or sets what a sample lasts at least: shorter work is repeated within it; 5 ms by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MinimumSample { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Gets or sets the size of the last-level cache, in bytes; by default what the system says (Linux), else 32 MiB, and 64 MiB on a GPU.
    /// The copies of a subblock that take turns, in ONNX Runtime also those of a whole model, are twice as large together: weights are read
    /// from memory, as they are where other work uses the cache between two steps. A small number measures weights that stay in the cache.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long? CacheBytes { get; set; }

    /// <summary>
    /// Gets or sets what the weights of a stack may take, and in ONNX Runtime its keys and values too, in bytes; 1 GiB by default. Exceeded
    /// where one copy alone is larger, and in torch where twice the last-level cache is.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long MaximumStackBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets the folder that keeps times between runs; none by default.</summary>
    [NotInRecipe("It says where times are kept.")]
    [MinLength(1)]
    public string? CachePath { get; set; }

    /// <summary>Creates what takes the samples.</summary>
    /// <param name="clock">Where timestamps come from.</param>
    /// <param name="synchronize">Waits for the device.</param>
    internal InterleavedTimer Timer(TimeProvider clock, Action synchronize) => new(clock, Rounds, MinimumSample, synchronize);
}
