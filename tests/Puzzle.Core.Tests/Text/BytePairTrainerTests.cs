using System.Text.Json;
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

    private static string Saved(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path);
        return File.ReadAllText(Path.Combine(folder.Path, Tokenizer.FileName));
    }
}
