using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>Reads GPT-2's pair of files, vocab.json and merges.txt.</summary>
internal static class Gpt2Files
{
    public static Tokenizer Read(string vocabularyFile, string mergesFile, string? endOfText)
    {
        string[] vocabulary = ReadVocabulary(vocabularyFile);
        int endOfTextId = endOfText is null ? -1 : Array.IndexOf(vocabulary, endOfText);
        if (endOfText is not null && endOfTextId < 0)
            throw new CheckpointFormatException(vocabularyFile, $"the end-of-text token '{endOfText}' is not in the vocabulary");
        return new TokenizerDocument
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(mergesFile),
            AddedTokens = endOfText is null ? [] : [new AddedToken(endOfTextId, endOfText, IsSpecial: true)],
            PreTokenizer = TokenizerDocument.ByteLevel(),
            Decoder = TokenizerDocument.ByteLevel(),
            BeginOfText = endOfText,
            EndOfText = endOfText,
        }.ToTokenizer();
    }

    private static string[] ReadVocabulary(string file)
    {
        using JsonDocument document = JsonReader.Parse(TextFile.ReadAllText(file), file);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, JsonSection id) in new JsonSection(document.RootElement, file, "$").Properties())
            ids[token] = id.AsCount();
        string[] tokens = [.. ids.OrderBy(entry => entry.Value).Select(entry => entry.Key)];
        for (int id = 0; id < tokens.Length; id++)
        {
            if (ids[tokens[id]] != id)
                throw new CheckpointFormatException(
                    file, $"expected the ids 0 to {tokens.Length - 1} once each, found {ids[tokens[id]]} in place of {id}");
        }
        return tokens;
    }

    private static List<(string Left, string Right)> ReadMerges(string file)
    {
        var merges = new List<(string Left, string Right)>();
        string[] lines = TextFile.ReadAllText(file).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || (i == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            merges.Add(line.Split(' ') is [string left, string right]
                ? (left, right)
                : throw new CheckpointFormatException(file, $"line {i + 1}: expected two tokens, found '{line}'"));
        }
        return merges;
    }
}
