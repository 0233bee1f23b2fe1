using System.ComponentModel.DataAnnotations;
using DataType = Puzzle.Deployment.Onnx.TensorProto.Types.DataType;

namespace Puzzle.Deployment.Export;

/// <summary>How a model becomes an ONNX graph.</summary>
public sealed class OnnxExportOptions : IValidatableObject
{
    /// <summary>Gets or sets how weights are stored; 32-bit floats by default.</summary>
    [EnumDataType(typeof(OnnxPrecision))]
    public OnnxPrecision Precision { get; set; }

    /// <summary>Gets or sets which operators are used; ONNX Runtime's own by default.</summary>
    [EnumDataType(typeof(OnnxOperators))]
    public OnnxOperators Operators { get; set; }

    /// <summary>Gets or sets how many weights of a row share a scale when quantized, a power of two from 16 to 256; 32 by default. 128 is
    /// faster and less exact.</summary>
    [AllowedValues(16, 32, 64, 128, 256)]
    public int BlockSize { get; set; } = 32;

    /// <summary>
    /// Gets or sets what ONNX Runtime may compute quantized products in: 0 as it likes, 1 32-bit floats, 2 16-bit floats, 3 brain floats,
    /// 4 8-bit integers, the default and by far the fastest.
    /// </summary>
    [Range(0, 4)]
    public int AccuracyLevel { get; set; } = 4;

    /// <summary>
    /// Gets or sets a value indicating whether a quantized graph quantizes the embedding too (and shares it with a tied head); false by
    /// default. The hidden size must be a multiple of the block size.
    /// </summary>
    public bool QuantizeEmbedding { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether logits are given at every position, [B, T, V], as evaluation needs; by default only at each
    /// sequence's last token, [B, 1, V], as generation needs.
    /// </summary>
    public bool AllLogits { get; set; }

    /// <summary>The longest sequence a graph serves unless more is asked for: its rotary tables are part of the file.</summary>
    public const int DefaultMaxPositions = 1 << 17;

    /// <summary>
    /// Gets or sets the longest sequence the graph serves, in tokens; by default the model's max positions, which it may not exceed, but at
    /// most <see cref="DefaultMaxPositions"/>.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int? MaxPositions { get; set; }

    /// <summary>Gets or sets the folder, usually the model's, whose tokenizer files are copied beside the graph; none by default.</summary>
    public string? TokenizerFolder { get; set; }

    /// <summary>Gets the bits of a quantized weight; 0 if weights stay floating point.</summary>
    internal int QuantizedBits => Precision switch { OnnxPrecision.Int8 => 8, OnnxPrecision.Int4 => 4, _ => 0 };

    /// <summary>Gets the type of activations, KV cache and weights that are not quantized.</summary>
    internal DataType FloatType => Precision switch
    {
        OnnxPrecision.Float16 => DataType.Float16,
        OnnxPrecision.BFloat16 => DataType.Bfloat16,
        _ => DataType.Float,
    };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (QuantizedBits > 0 && Operators != OnnxOperators.OnnxRuntime)
            yield return new ValidationResult(
                $"{nameof(Precision)} is {Precision}; standard operators have no quantized product.", [nameof(Precision)]);
        if (QuantizeEmbedding && QuantizedBits == 0)
            yield return new ValidationResult(
                $"{nameof(QuantizeEmbedding)} needs the precision Int8 or Int4; it is {Precision}.", [nameof(QuantizeEmbedding)]);
    }
}
