namespace Puzzle.Checkpoints;

/// <summary>How a checkpoint is laid out on disk.</summary>
public sealed class CheckpointWriterOptions
{
    /// <summary>Gets the bytes of tensor data that one file may hold; 5,000,000,000 by default. A larger tensor has a file of its own.</summary>
    public long MaxShardBytes { get; init; } = 5_000_000_000;

    /// <summary>Gets the folder, usually the parent's, whose tokenizer and generation files are copied; none by default.</summary>
    public string? TokenizerFolder { get; init; }
}
