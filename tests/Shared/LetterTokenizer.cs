using System.Text.Json;
using Puzzle.Text;

namespace Puzzle.Tests;

/// <summary>A tokenizer of single characters and two merges, small enough for <see cref="TinyModel"/>.</summary>
internal static class LetterTokenizer
{
    public const int Begin = 0;

    private const string Characters = "abcdefghijklmnopqrstuvwxyz .,?'\n:ABCD";

    public static Tokenizer Create()
    {
        var vocabulary = Characters.Index().ToDictionary(character => character.Item.ToString(), character => character.Index + 1);
        vocabulary["th"] = vocabulary.Count + 1;
        vocabulary[" th"] = vocabulary.Count + 1;
        return Tokenizer.Parse(JsonSerializer.Serialize(new
        {
            added_tokens = new[] { new { id = Begin, content = "<s>", special = true } },
            model = new { type = "BPE", vocab = vocabulary, merges = (string[][])[["t", "h"], [" ", "th"]] },
        }), """{"bos_token":"<s>"}""");
    }
}
