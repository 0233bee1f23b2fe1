using System.Text.Json;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

public sealed class TokenizerGoldenTests
{
    [Theory]
    [InlineData("stories260K/golden.json", "stories260K/hf")]
    [InlineData("TinyStories-656K/golden.json", "TinyStories-656K")]
    public void Encode_ReferenceCases_GivesTheSameIds(string golden, string folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Require(folder));
        var cases = ReadCases(golden);
        Assert.Equal(28, cases.Count);
        Assert.All(cases, c => Assert.Equal(c.Ids, tokenizer.Encode(c.Text)));
    }

    [Theory]
    [InlineData("stories260K/golden.json", "stories260K/hf")]
    [InlineData("TinyStories-656K/golden.json", "TinyStories-656K")]
    public void Decode_ReferenceCases_GivesTheText(string golden, string folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Require(folder));
        int checkedCases = 0;
        foreach ((string text, int[] ids) in ReadCases(golden))
        {
            // Unknown and special tokens do not carry their text.
            if (ids.Skip(1).Any(id => id <= 2))
                continue;
            Assert.Equal(text, tokenizer.Decode(ids));
            checkedCases++;
        }
        Assert.InRange(checkedCases, 15, 28);
    }

    [Fact]
    public void Encode_Gpt2Cases_GivesTheSameIds()
    {
        Tokenizer tokenizer = Tokenizer.FromVocabularyAndMerges(
            SharedData.Require("tokenizer-goldens/gpt2_vocab.json"), SharedData.Require("tokenizer-goldens/gpt2_merges.txt"));
        var cases = LlamaCppCases.Read("tokenizer-goldens/ggml-vocab-gpt-2.gguf");
        Assert.Equal(47, cases.Count);
        Assert.All(cases, c =>
        {
            Assert.Equal(c.Ids, tokenizer.Encode(c.Text));
            Assert.Equal(c.Text, tokenizer.Decode(c.Ids));
        });
    }

    [Fact]
    public void Decode_CharacterVocabulary_RoundTrips()
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Require("BabyLlama-tok105/hf"));
        const string text = "Once upon a time, there was a tiny boat named Gumbo.";
        int[] ids = tokenizer.Encode(text);
        Assert.Equal(105, tokenizer.VocabularySize);
        Assert.Equal(1, ids[0]);
        Assert.Equal(text.Length + 2, ids.Length);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    private static List<(string Text, int[] Ids)> ReadCases(string golden)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedData.Require(golden)));
        return [.. document.RootElement.GetProperty("tokenizer_cases").EnumerateArray().Select(item => (
            item.GetProperty("text").GetString()!,
            item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()))];
    }
}
