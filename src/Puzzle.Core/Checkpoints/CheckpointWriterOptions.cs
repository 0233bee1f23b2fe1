namespace Puzzle.Checkpoints;

/// <summary>How a checkpoint is laid out on disk.</summary>
public sealed class CheckpointWriterOptions
{
    /// <summary>Gets the bytes of tensor data that one file may hold; 5,000,000,000 by default. A larger tensor has a file of its
    /// own.</summary>
    public long MaxShardBytes { get; init; } = 5_000_000_000;

    /// <summary>Gets the folder, usually the parent's, whose tokenizer and generation files are copied; none by default.</summary>
    public string? TokenizerFolder { get; init; }

    /// <summary>Gets the dialect of the config; <see cref="CheckpointDialect.Automatic"/> by default.</summary>
    public CheckpointDialect Dialect { get; init; }

    /// <summary>
    /// Gets a value indicating whether <see cref="CheckpointDialect.DeciLm"/> writes no-op subblocks as such; false by default.
    /// Programs that read DeciLM mishandle some of them (vLLM and Megatron-Bridge a first layer without attention, llama.cpp any
    /// layer without an FFN), so by default a layer of two no-ops is left out, a first layer without attention gets one that adds
    /// zero, and so does any layer without an FFN. The function stays the same; the report lists the changes.
    /// </summary>
    public bool KeepNoOps { get; init; }

    /// <summary>Gets the hash of what is saved, written into the folder's digests; none by default.</summary>
    internal string? Identity { get; init; }
}
