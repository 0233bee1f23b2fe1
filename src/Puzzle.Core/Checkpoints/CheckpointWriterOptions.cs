using System.ComponentModel.DataAnnotations;

namespace Puzzle.Checkpoints;

/// <summary>How a checkpoint is laid out on disk.</summary>
public sealed class CheckpointWriterOptions
{
    /// <summary>Gets or sets the bytes of tensor data that one file may hold; 5,000,000,000 by default. A larger tensor has a file of its
    /// own.</summary>
    [Range(1, long.MaxValue)]
    public long MaxShardBytes { get; set; } = 5_000_000_000;

    /// <summary>Gets or sets the folder, usually the parent's, whose tokenizer and generation files are copied; none by default.</summary>
    public string? TokenizerFolder { get; set; }

    /// <summary>Gets or sets the dialect of the config; <see cref="CheckpointDialect.Automatic"/> by default.</summary>
    [EnumDataType(typeof(CheckpointDialect))]
    public CheckpointDialect Dialect { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether <see cref="CheckpointDialect.DeciLm"/> writes no-op subblocks as such; false by default.
    /// Programs that read DeciLM mishandle some of them (vLLM and Megatron-Bridge a first layer without attention, llama.cpp any
    /// layer without an FFN), so by default a layer of two no-ops is left out, a first layer without attention gets one that adds
    /// zero, and so does any layer without an FFN. The function stays the same; the report lists the changes.
    /// </summary>
    public bool KeepNoOps { get; set; }

    /// <summary>Gets or sets the hash of what is saved, written into the folder's digests; none by default.</summary>
    internal string? Identity { get; init; }
}
