namespace Puzzle.Checkpoints.Gguf;

/// <summary>How a GGUF file is written.</summary>
public sealed class GgufExportOptions
{
    /// <summary>Gets how matrices are stored; <see cref="GgufTensorType.F16"/> by default.</summary>
    public GgufTensorType TensorType { get; init; } = GgufTensorType.F16;

    /// <summary>Gets the model's name as programs show it; none by default.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Gets a value indicating whether a SentencePiece-like tokenizer may be written that llama.cpp can only approximate; false by
    /// default. llama.cpp merges any two neighbors that make a token, where tokenizer.json lists which ones may, and it fails on a
    /// character that is neither in the vocabulary nor covered by byte tokens.
    /// </summary>
    public bool AllowApproximateTokenizer { get; init; }
}
