using System.ComponentModel.DataAnnotations;

namespace Puzzle.Models;

/// <summary>How a model larger than memory is used: see <see cref="CausalLanguageModel.Open"/>.</summary>
public sealed class StreamingOptions
{
    /// <summary>
    /// Gets or sets the most resident memory of the process while the model is calibrated, its variants are trained or its blocks are
    /// scored, in bytes. Fewer workers run side by side, and activations go to disk, where that is needed to keep it; results stay the
    /// same.
    /// </summary>
    /// <value>6 GiB by default.</value>
    [Range(1, long.MaxValue)]
    public long MaxMemoryBytes { get; set; } = 6L << 30;

    /// <summary>Gets or sets the folder of the files that activations are spilled to; created if absent. Nothing remains in it, not even
    /// after a crash.</summary>
    /// <value>The user's temporary folder by default. A folder that lives in memory (tmpfs) defeats the purpose.</value>
    [Required]
    public string ScratchFolder { get; set; } = Path.GetTempPath();
}
