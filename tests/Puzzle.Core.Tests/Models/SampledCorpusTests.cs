using System.Text.Json;
using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests.Models;

public sealed class SampledCorpusTests
{
    private static readonly ModelConfig Config = TinyModel.Config(layers: 1) with { BeginOfTextId = 60, EndOfTextIds = [60] };

    [Fact]
    public void Read_Tokens_GivesThatManyOfTheModelsOwn()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Loud(Config);
        var shares = new List<double>();

        TokenCorpus corpus = Corpus(model, folder["texts"]).Read(500, new SynchronousProgress(shares.Add));

        Assert.True(corpus.TokenCount >= 500);
        Assert.True(corpus.TokenCount - corpus[corpus.DocumentCount - 1].Length < 500, "the last text was not needed");
        Assert.Equal(1, shares[^1]);
        // One boundary each, after the text, because this model's begin- and end-of-text tokens are one.
        for (int text = 0; text < corpus.DocumentCount; text++)
            Assert.Equal(corpus[text].Length - 1, corpus[text].IndexOf(60));
        int[] first = TextGeneration.Generate(
            model, [.. Enumerable.Repeat(new[] { 60 }, 4)], new GenerationOptions { MaxNewTokens = 20, Temperature = 1, Seed = 5 })[0];
        Assert.Equal([.. first, 60], corpus[0].ToArray());
    }

    [Fact]
    public void Read_StoppedAndOtherWorkers_GivesTheSameTexts()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Loud(Config);
        int[][] expected = [.. Corpus(model, folder["whole"], workers: 1).Texts().Take(20)];

        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (int[] _ in Corpus(model, folder["part"], workers: 3).Texts(cancellation.Token))
                cancellation.Cancel();
        });
        string[] kept = Directory.GetFiles(folder["part"]);
        int[][] resumed = [.. Corpus(model, folder["part"], workers: 2).Texts().Take(20)];

        Assert.NotEmpty(kept);
        Assert.Equal(expected, resumed);
        foreach (string file in Directory.GetFiles(folder["whole"]))
            Assert.Equal(File.ReadAllText(file), File.ReadAllText(Path.Combine(folder["part"], Path.GetFileName(file))));
    }

    [Fact]
    public void Texts_StoredOnes_AreReadNotMadeAgain()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Loud(Config);
        _ = Corpus(model, folder["texts"]).Texts().First();
        string file = Directory.GetFiles(folder["texts"]).Order(StringComparer.Ordinal).First();
        SealedJson.Write(file, [[1, 2], [3], [4], [5]], FileJson.Default.Int32ArrayArray);

        Assert.Equal([1, 2], Corpus(model, folder["texts"]).Texts().First());
    }

    [Fact]
    public void Fingerprint_AnythingThatChangesTheTexts_ChangesIt()
    {
        using CausalLanguageModel model = TinyModel.Loud(Config);
        string Of(
            string parent = "parent", double temperature = 1, long seed = 0, int[]? prompt = null, int tokens = 20,
            int workers = 1) => new SampledCorpus(new(model, parent), "unused", new SampledCorpusOptions
        {
            Temperature = temperature,
            Seed = seed,
            Prompt = prompt,
            MaxNewTokens = tokens,
            Workers = workers,
        }).Fingerprint;

        string[] all = [Of(), Of("other"), Of(temperature: 0.9), Of(seed: 1), Of(prompt: [60, 1]), Of(tokens: 21)];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(Of(), Of(workers: 4, prompt: [60]));
    }

    [Theory]
    [InlineData("[[1],[2],[3]]")]
    [InlineData("[[1],[2],[3],null]")]
    [InlineData("[[1],[2],[3],[61]]")]
    [InlineData("[[1],[2],[3],[4]]", false)]
    [InlineData("[[1],[2],", false)]
    public void Texts_DamagedFile_IsMadeAnew(string content, bool isSealed = true)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Loud(Config);
        int[] expected = Corpus(model, folder["texts"]).Texts().First();
        string file = Directory.GetFiles(folder["texts"]).Order(StringComparer.Ordinal).First();
        byte[] whole = File.ReadAllBytes(file);
        if (isSealed)
            SealedJson.Write(file, JsonSerializer.Deserialize<int[][]>(content)!, FileJson.Default.Int32ArrayArray);
        else
            File.WriteAllText(file, content);

        Assert.Equal(expected, Corpus(model, folder["texts"]).Texts().First());
        Assert.Equal(whole, File.ReadAllBytes(file));
    }

    [Fact]
    public void Texts_PromptOfItsOwn_BeginsEveryText()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Loud(Config with { EndOfTextIds = [59] });
        var corpus = new SampledCorpus(
            new(model, "parent"), folder["texts"],
            new SampledCorpusOptions { Prompt = [60, 3, 4], MaxNewTokens = 5, TextsPerFile = 4, Workers = 1 });

        Assert.All(corpus.Texts().Take(8), text => Assert.Equal([3, 4], text[..2]));
        TokenCorpus read = corpus.Read(1);
        Assert.Equal([60, 3, 4], read[0][..3].ToArray());
    }

    [Fact]
    public void Create_ImpossibleSettings_Throws()
    {
        using CausalLanguageModel model = TinyModel.Loud(Config), nameless = TinyModel.Loud();
        Assert.Throws<ArgumentException>(() => new SampledCorpus(new(nameless, "parent"), "unused"));
        Assert.Throws<ArgumentException>(() => new SampledCorpus(new(model, "parent"), "unused", new SampledCorpusOptions { Prompt = [] }));
        Assert.Throws<ArgumentException>(
            () => new SampledCorpus(new(model, "parent"), "unused", new SampledCorpusOptions { Prompt = [61] }));
        Assert.Throws<ArgumentException>(
            () => new SampledCorpus(new(model, "parent"), "unused", new SampledCorpusOptions { Prompt = new int[64] }));
        Assert.Throws<OptionsValidationException>(
            () => new SampledCorpus(new(model, "parent"), "unused", new SampledCorpusOptions { Temperature = 0 }));
    }

    private static SampledCorpus Corpus(CausalLanguageModel model, string folder, int workers = 2) =>
        new(new(model, "parent"), folder, new SampledCorpusOptions
    {
        Seed = 5,
        MaxNewTokens = 20,
        TextsPerFile = 4,
        Workers = workers,
    });
}
