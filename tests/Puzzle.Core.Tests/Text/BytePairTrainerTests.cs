using Microsoft.Extensions.Options;
using System.Text.Json;
using CsCheck;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

public sealed class BytePairTrainerTests
{
    [Fact]
    public void Train_ReferenceCorpus_MakesTheReferenceMergesAndVocabulary()
    {
        string corpus = File.ReadAllText(SharedData.Require("tokenizer-goldens/corpus.en"));
        string[] expected = File.ReadAllLines(SharedData.Require("tokenizer-goldens/train-bpe-reference-merges.txt"));
        var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(
            File.ReadAllText(SharedData.Require("tokenizer-goldens/train-bpe-reference-vocab.json")))!;

        Tokenizer tokenizer = BytePairTrainer.Train([corpus], new BytePairTrainerOptions { VocabularySize = 500 });

        using JsonDocument saved = JsonDocument.Parse(Saved(tokenizer));
        JsonElement model = saved.RootElement.GetProperty("model");
        Assert.Equal(expected, model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()));
        Assert.Equal(
            vocabulary.OrderBy(entry => entry.Value),
            model.GetProperty("vocab").EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetInt32())));
    }

    [Fact]
    public void Train_KnownExample_MergesTheMostFrequentThenTheGreatestPair()
    {
        // "es" and "st" occur 9 times each: "st" is greater, and so on down.
        string text = string.Join('\n', [
            .. Enumerable.Repeat("low", 5), .. Enumerable.Repeat("lower", 2), .. Enumerable.Repeat("widest", 3),
            .. Enumerable.Repeat("newest", 6)
        ]);
        Tokenizer tokenizer = BytePairTrainer.Train([text], new BytePairTrainerOptions { VocabularySize = 257 + 6 });
        Assert.Equal(["st", "est", "ow", "low", "west", "ne"], Enumerable.Range(257, 6).Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Train_Twice_GivesTheSameFingerprint()
    {
        string[] texts = ["one two three two three three", "<|endoftext|>four three two"];
        Assert.Equal(BytePairTrainer.Train(texts).Fingerprint, BytePairTrainer.Train(texts).Fingerprint);
    }

    [Fact]
    public void Train_SpecialTokens_TakeTheFirstIdsAndAreNotLearnedFrom()
    {
        var options = new BytePairTrainerOptions
        {
            SpecialTokens = ["<|begin|>", "<|end|>"],
            BeginOfText = "<|begin|>",
            EndOfText = "<|end|>",
            VocabularySize = 400,
        };
        Tokenizer tokenizer = BytePairTrainer.Train([string.Concat(Enumerable.Repeat("<|end|>ab", 100))], options);

        Assert.Equal((0, 1), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId));
        Assert.Equal(256 + 2 + 1, tokenizer.VocabularySize);
        Assert.Equal([0, 258, 1], tokenizer.Encode("ab<|end|>"));
        Assert.Equal([258, 1], tokenizer.Encode("ab<|end|>", addSpecialTokens: false));
        Assert.Equal("ab", tokenizer.Decode([0, 258, 1]));
        Assert.Equal("<|begin|>ab<|end|>", tokenizer.Decode([0, 258, 1], skipSpecialTokens: false));
    }

    [Fact]
    public void Encode_AnyText_DecodesToItself()
    {
        Tokenizer tokenizer = BytePairTrainer.Train(
            ["the cat's hat, that's the cat that sat at the mat 1234 1234 \u00E9t\u00E9 \u00E9t\u00E9"]);
        UnicodeText.Any.Sample(text => tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: false) == text);
    }

    [Fact]
    public void Encode_TrainedVocabulary_AgreesWithMergingByRank()
    {
        Tokenizer tokenizer = BytePairTrainer.Train(
            ["aaaa aaab abab abba baab bbbb abaabbab aababb"], new BytePairTrainerOptions { VocabularySize = 270 });
        using JsonDocument saved = JsonDocument.Parse(Saved(tokenizer));
        string[][] merges = [.. saved.RootElement.GetProperty("model")
            .GetProperty("merges")
            .EnumerateArray()
            .Select(merge => merge.GetString()!.Split(' '))];
        Gen.Char["ab"].Array[1, 40].Select(characters => new string(characters)).Sample(word =>
        {
            List<string> tokens = [.. word.Select(character => character.ToString())];
            foreach (string[] merge in merges)
            {
                for (int i = 0; i + 1 < tokens.Count; i++)
                {
                    if (tokens[i] == merge[0] && tokens[i + 1] == merge[1])
                    {
                        tokens[i] += tokens[i + 1];
                        tokens.RemoveAt(i + 1);
                    }
                }
            }
            Assert.Equal(tokens, tokenizer.Encode(word).Select(id => tokenizer.TokenOf(id)!));
        });
    }

    [Fact]
    public void Train_NoText_Throws() =>
        Assert.Throws<ArgumentException>("texts", () => BytePairTrainer.Train(["", "<|endoftext|>"]));

    [Fact]
    public void Train_VocabularyBelowTheBytes_Throws() =>
        Assert.Contains("257", Assert.Throws<OptionsValidationException>(
            () => BytePairTrainer.Train(["a"], new BytePairTrainerOptions { VocabularySize = 256 })).Message, StringComparison.Ordinal);

    [Fact]
    public void Train_BoundaryThatIsNotSpecial_Throws() =>
        Assert.Contains("<s>", Assert.Throws<OptionsValidationException>(
            () => BytePairTrainer.Train(["a"], new BytePairTrainerOptions { BeginOfText = "<s>" })).Message, StringComparison.Ordinal);

    private static string Saved(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path);
        return File.ReadAllText(Path.Combine(folder.Path, Tokenizer.FileName));
    }
}
