using System.ComponentModel.DataAnnotations;
using Puzzle.Text;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>How a GGUF file is written.</summary>
public sealed class GgufExportOptions
{
    /// <summary>Gets or sets the model's tokenizer, which becomes part of the file; must be given.</summary>
    [Required(ErrorMessage = "Tokenizer must be given: a GGUF file holds the model's.")]
    public Tokenizer? Tokenizer { get; set; }

    /// <summary>Gets or sets how matrices are stored; <see cref="GgufTensorType.F16"/> by default.</summary>
    [EnumDataType(typeof(GgufTensorType))]
    public GgufTensorType TensorType { get; set; } = GgufTensorType.F16;

    /// <summary>Gets or sets the model's name as programs show it; none by default.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether a SentencePiece-like tokenizer may be written that llama.cpp can only approximate; false by
    /// default. llama.cpp merges any two neighbors that make a token, where tokenizer.json lists which ones may, and it fails on a
    /// character that is neither in the vocabulary nor covered by byte tokens.
    /// </summary>
    public bool AllowApproximateTokenizer { get; set; }
}
