using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>What a Hugging Face tokenizer.json says, checked.</summary>
internal sealed record TokenizerJson(
    BytePairModel Model,
    IReadOnlyList<AddedToken> AddedTokens,
    NormalizerStep Normalizer,
    PreTokenizerStep PreTokenizer,
    DecoderStep? Decoder,
    int[] Before,
    int[] After)
{
    /// <summary>Ids above this are refused: no vocabulary is that large, and tables are sized by the largest id.</summary>
    private const int LargestId = (1 << 22) - 1;

    /// <summary>Reads the text of a tokenizer.json.</summary>
    /// <param name="text">The JSON text.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <exception cref="CheckpointFormatException">The text is malformed or asks for something unsupported.</exception>
    public static TokenizerJson Parse(string text, string file)
    {
        using JsonDocument document = JsonReader.Parse(text, file);
        var root = new JsonSection(document.RootElement, file, "$");
        Dictionary<string, int> vocabulary = ReadVocabulary(root["model"]);
        List<AddedToken> added = [.. root["added_tokens"].Items().Select(ReadAddedToken)];
        BytePairModel model = ReadModel(root["model"], vocabulary);
        (int[] before, int[] after) = TokenizerComponents.ReadPostProcessor(root["post_processor"]);
        Check(root, vocabulary, added, [.. before, .. after]);
        return new TokenizerJson(
            model,
            added,
            TokenizerComponents.ReadNormalizer(root["normalizer"]),
            TokenizerComponents.ReadPreTokenizer(root["pre_tokenizer"]),
            root["decoder"].IsNull ? null : TokenizerComponents.ReadDecoder(root["decoder"]),
            before,
            after);
    }

    private static Dictionary<string, int> ReadVocabulary(JsonSection model)
    {
        if (model.Type != "BPE")
            throw model.Unsupported("model");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, JsonSection id) in model["vocab"].Properties())
        {
            if (!vocabulary.TryAdd(token, ReadId(id)))
                throw id.Error("the token is listed twice");
        }
        return vocabulary.Count > 0 ? vocabulary : throw model["vocab"].Error("the vocabulary is empty");
    }

    private static BytePairModel ReadModel(JsonSection model, Dictionary<string, int> vocabulary)
    {
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model[affix].AsStringOrNull() is { Length: > 0 } value)
                throw model[affix].Error($"'{value}' is not supported");
        }
        if (!model["dropout"].IsNull && model["dropout"].Element.GetRawText() is not ("0" or "0.0"))
            throw model["dropout"].Error("dropout makes encoding random and is not supported");

        int? unknown = null;
        if (model["unk_token"].AsStringOrNull() is string unknownToken)
            unknown = vocabulary.TryGetValue(unknownToken, out int id)
                ? id
                : throw model["unk_token"].Error($"'{unknownToken}' is not in the vocabulary");
        return new BytePairModel(
            vocabulary,
            ReadMerges(model["merges"], vocabulary),
            unknown,
            model["fuse_unk"].AsBoolean(false),
            model["byte_fallback"].AsBoolean(false),
            model["ignore_merges"].AsBoolean(false));
    }

    private static Dictionary<TokenPair, Merge> ReadMerges(JsonSection json, Dictionary<string, int> vocabulary)
    {
        var merges = new Dictionary<TokenPair, Merge>();
        int rank = 0;
        foreach (JsonSection item in json.Items())
        {
            string[] parts = item.Element.ValueKind == JsonValueKind.Array
                ? [.. item.Items().Select(part => part.AsString())]
                : item.AsString().Split(' ');
            if (parts.Length != 2)
                throw item.Error($"expected a pair of tokens, found {parts.Length} parts");
            merges[new TokenPair(IdOf(parts[0]), IdOf(parts[1]))] = new Merge(rank++, IdOf(parts[0] + parts[1]));

            int IdOf(string token) =>
                vocabulary.TryGetValue(token, out int id) ? id : throw item.Error($"'{token}' is not in the vocabulary");
        }
        return merges;
    }

    private static AddedToken ReadAddedToken(JsonSection json) => new(
        ReadId(json["id"]),
        json["content"].AsString(),
        json["special"].AsBoolean(false),
        json["normalized"].AsBoolean(false),
        json["single_word"].AsBoolean(false),
        json["lstrip"].AsBoolean(false),
        json["rstrip"].AsBoolean(false));

    private static int ReadId(JsonSection json)
    {
        int id = json.AsCount();
        return id <= LargestId ? id : throw json.Error($"the id {id} is above the largest supported, {LargestId}");
    }

    private static void Check(JsonSection root, Dictionary<string, int> vocabulary, List<AddedToken> added, int[] templateIds)
    {
        var contents = new Dictionary<int, string>();
        foreach ((string token, int id) in vocabulary.Concat(added.Select(token => KeyValuePair.Create(token.Content, token.Id))))
        {
            if (!contents.TryAdd(id, token) && contents[id] != token)
                throw root.Error($"the id {id} belongs to both '{contents[id]}' and '{token}'");
        }
        foreach (AddedToken token in added)
        {
            if (vocabulary.TryGetValue(token.Content, out int id) && id != token.Id)
                throw root["added_tokens"].Error($"'{token.Content}' has the id {token.Id}, but {id} in the vocabulary");
        }
        foreach (int id in templateIds)
        {
            if (!contents.ContainsKey(id))
                throw root["post_processor"].Error($"the id {id} belongs to no token");
        }
    }
}
