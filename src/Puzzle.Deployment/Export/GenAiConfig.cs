using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Deployment.Export;

/// <summary>What a genai_config.json says, the file that ONNX Runtime GenAI reads beside a graph.</summary>
internal sealed partial record GenAiConfig(GenAiConfig.ModelPart Model, GenAiConfig.SearchPart Search)
{
    public const string FileName = "genai_config.json";

    // Real ones have two kilobytes.
    private const int MaxBytes = 1 << 20;

    /// <summary>Describes a graph.</summary>
    /// <param name="config">The model's shape; its max positions are those the graph serves.</param>
    /// <param name="file">The graph's file name.</param>
    /// <param name="sharesCache">Whether keys and values are appended in place.</param>
    public static GenAiConfig Of(ModelConfig config, string file, bool sharesCache)
    {
        // Per-layer head counts are read from the graph; these fields hold one number.
        int keyValueHeads = config.Architecture.Select(block => block.Attention)
            .OfType<GroupedQueryAttentionConfig>()
            .Select(gqa => gqa.KeyValueHeads)
            .DefaultIfEmpty(config.AttentionHeads)
            .Max();
        int[] ends = [.. config.EndOfTextIds];
        int padding = ends.Length > 0 ? ends[0] : 0;
        var decoder = new DecoderPart(
            new SessionPart("onnxruntime-genai", []),
            file,
            config.HeadSize,
            config.HiddenSize,
            config.AttentionHeads,
            config.Layers,
            keyValueHeads,
            new InputsPart(
                DecoderNames.InputIds, DecoderNames.AttentionMask, DecoderNames.PositionIds, "past_key_values.%d.key",
                "past_key_values.%d.value"),
            new OutputsPart(DecoderNames.Logits, "present.%d.key", "present.%d.value"));
        return new GenAiConfig(
            new ModelPart("llama", config.VocabularySize, config.MaxPositions, config.BeginOfTextId ?? padding, ends, padding, decoder),
            new SearchPart(false, config.MaxPositions, 0, 1, 1, 1, 1, sharesCache));
    }

    /// <summary>Reads a folder's file.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointFormatException">The file is absent or malformed.</exception>
    public static GenAiConfig Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        GenAiConfig config = JsonReader.ReadFile(path, Json.Default.GenAiConfig, MaxBytes);
        if (config.Model.VocabSize <= 0 || config.Model.ContextLength <= 0)
            throw new CheckpointFormatException(
                path, $"vocab_size {config.Model.VocabSize} and context_length {config.Model.ContextLength} are to be positive");
        string file = config.Model.Decoder.Filename;
        if (Path.GetFileName(file) != file || file.Length == 0 || file.Contains('\0', StringComparison.Ordinal))
            throw new CheckpointFormatException(path, $"'{file}' is not the name of a file in this folder");
        return config;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="folder">The folder.</param>
    public void Write(string folder) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json.Default.GenAiConfig));

    public sealed record ModelPart(
        string Type,
        int VocabSize,
        int ContextLength,
        int BosTokenId,
        [property: JsonConverter(typeof(OneOrMany))] int[] EosTokenId,
        int PadTokenId,
        DecoderPart Decoder);

    public sealed record DecoderPart(
        SessionPart SessionOptions,
        string Filename,
        int HeadSize,
        int HiddenSize,
        int NumAttentionHeads,
        int NumHiddenLayers,
        int NumKeyValueHeads,
        InputsPart Inputs,
        OutputsPart Outputs);

    public sealed record SessionPart(string LogId, string[] ProviderOptions);

    public sealed record InputsPart(string InputIds, string AttentionMask, string PositionIds, string PastKeyNames, string PastValueNames);

    public sealed record OutputsPart(string Logits, string PresentKeyNames, string PresentValueNames);

    public sealed record SearchPart(
        bool DoSample, int MaxLength, int MinLength, int NumBeams, double Temperature, double TopP, int TopK, bool PastPresentShareBuffer);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(GenAiConfig))]
    private sealed partial class Json : JsonSerializerContext;

    /// <summary>Reads a number or a list of them; writes one as a number.</summary>
    private sealed class OneOrMany : JsonConverter<int[]>
    {
        public override int[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number)
                return [reader.GetInt32()];
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new JsonException("expected a number or an array of numbers");
            var values = new List<int>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                values.Add(reader.TokenType == JsonTokenType.Number ? reader.GetInt32() : throw new JsonException("expected a number"));
            return [.. values];
        }

        public override void Write(Utf8JsonWriter writer, int[] value, JsonSerializerOptions options)
        {
            if (value.Length == 1)
            {
                writer.WriteNumberValue(value[0]);
                return;
            }
            writer.WriteStartArray();
            foreach (int id in value)
                writer.WriteNumberValue(id);
            writer.WriteEndArray();
        }
    }
}
