using System.Globalization;

namespace Puzzle.Deployment.Export;

/// <summary>The names of a decoder's inputs and outputs, as the ONNX ecosystem has them.</summary>
internal static class DecoderNames
{
    public const string InputIds = "input_ids";
    public const string AttentionMask = "attention_mask";
    public const string PositionIds = "position_ids";
    public const string Logits = "logits";
    public const string CosineCache = "cos_cache";
    public const string SineCache = "sin_cache";
    public const string Batch = "batch_size";
    public const string Sequence = "sequence_length";
    public const string Past = "past_sequence_length";
    public const string Total = "total_sequence_length";

    /// <summary>The tables of the model's other rotary embeddings have its number behind their name.</summary>
    public static string Table(string name, int rotary) =>
        rotary == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{rotary}");

    public static string PastKey(int layer) => string.Create(CultureInfo.InvariantCulture, $"past_key_values.{layer}.key");

    public static string PastValue(int layer) => string.Create(CultureInfo.InvariantCulture, $"past_key_values.{layer}.value");

    public static string PresentKey(int layer) => string.Create(CultureInfo.InvariantCulture, $"present.{layer}.key");

    public static string PresentValue(int layer) => string.Create(CultureInfo.InvariantCulture, $"present.{layer}.value");
}
