using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Models;
using Puzzle.Tests.Text;
using Puzzle.Text;

namespace Puzzle.Tests.Checkpoints.Gguf;

public sealed class GgufTokenizerTests
{
    [Fact]
    public void Export_SentencePieceLike_WritesScoresAndKinds()
    {
        Dictionary<string, object> metadata = Export(StoriesChild.LoadTokenizer(), 515).Metadata;
        Assert.Equal("llama", metadata["tokenizer.ggml.model"]);
        Assert.Equal(true, metadata["tokenizer.ggml.add_space_prefix"]);
        Assert.Equal(true, metadata["tokenizer.ggml.add_bos_token"]);
        Assert.Equal(false, metadata["tokenizer.ggml.add_eos_token"]);
        Assert.Equal(1u, metadata["tokenizer.ggml.bos_token_id"]);
        Assert.Equal(2u, metadata["tokenizer.ggml.eos_token_id"]);
        Assert.Equal(0u, metadata["tokenizer.ggml.unknown_token_id"]);
        object[] kinds = (object[])metadata["tokenizer.ggml.token_type"], tokens = (object[])metadata["tokenizer.ggml.tokens"];
        Assert.Equal([2, 3, 3, 6], kinds[..4]);
        Assert.Equal([1, 5, 5, 5], kinds[511..]);
        Assert.Equal("[PAD514]", tokens[514]);
        Assert.Equal(515, ((object[])metadata["tokenizer.ggml.scores"]).Length);
    }

    [Fact]
    public void Export_Llama2Vocabulary_OrdersTokensAsTheOriginalScoresDo()
    {
        string file = SharedData.Require("tokenizer-goldens/ggml-vocab-llama-spm.gguf");
        SentencePieceModel original = GgufVocabulary.Read(file);
        Tokenizer tokenizer = SentencePieceConverter.Convert(original, file);

        Dictionary<string, object> metadata = Export(tokenizer, 32000).Metadata;

        Assert.Equal(original.Pieces.Select(piece => (object)piece.Text), (object[])metadata["tokenizer.ggml.tokens"]);
        Assert.Equal(original.Pieces.Select(piece => (object)(int)piece.Kind), (object[])metadata["tokenizer.ggml.token_type"]);
        object[] scores = (object[])metadata["tokenizer.ggml.scores"];
        var merged = tokenizer.Definition.Model.Merges.Values.Select(merge => merge.MergedId).Distinct();
        float[] originalByWritten = [.. merged.OrderByDescending(id => (float)scores[id]).Select(id => original.Pieces[id].Score)];
        Assert.True(originalByWritten.Length > 29_000);
        Assert.Equal(originalByWritten.OrderDescending(), originalByWritten);
    }

    [Fact]
    public void Export_ByteLevel_WritesMergesAndPreTokenizer()
    {
        Tokenizer tokenizer = Tokenizer.FromVocabularyAndMerges(
            SharedData.Require("tokenizer-goldens/gpt2_vocab.json"), SharedData.Require("tokenizer-goldens/gpt2_merges.txt"));

        Dictionary<string, object> metadata = Export(tokenizer, 50257).Metadata;

        Assert.Equal("gpt2", metadata["tokenizer.ggml.model"]);
        Assert.Equal("gpt-2", metadata["tokenizer.ggml.pre"]);
        Assert.Equal(
            File.ReadLines(SharedData.Require("tokenizer-goldens/gpt2_merges.txt"))
                .Where(line => !line.StartsWith("#version", StringComparison.Ordinal) && line.Length > 0),
            ((object[])metadata["tokenizer.ggml.merges"]).Cast<string>());
        Assert.Equal(3, ((object[])metadata["tokenizer.ggml.token_type"])[50256]);
        Assert.Equal(50256u, metadata["tokenizer.ggml.eos_token_id"]);
    }

    [Theory]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}]}""", "smollm")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}""", "dbrx")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""", "gpt-2")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""", null)]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}]}""", null)]
    public void Export_PreTokenizer_IsNamedOrRefused(string preTokenizer, string? name)
    {
        Tokenizer tokenizer = Tokenizer.Parse($$$"""
            {"added_tokens":[],"normalizer":null,"pre_tokenizer":{{{preTokenizer}}},"post_processor":null,"decoder":{"type":"ByteLevel"},
            "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}
            """);
        if (name is null)
            Assert.Throws<NotSupportedException>(() => Export(tokenizer, 3));
        else
            Assert.Equal(name, Export(tokenizer, 3).Metadata["tokenizer.ggml.pre"]);
    }

    [Fact]
    public void Export_MergesThatScoresCannotExpress_NeedsPermission()
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Require("TinyStories-656K"));
        Assert.Contains(nameof(GgufExportOptions.AllowApproximateTokenizer),
            Assert.Throws<NotSupportedException>(() => Export(tokenizer, 2048)).Message, StringComparison.Ordinal);
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config() with { VocabularySize = 2048 });
        using var folder = new TemporaryFolder();
        var options = new GgufExportOptions { Tokenizer = tokenizer, AllowApproximateTokenizer = true };
        ExportReport report = GgufExporter.Export(model, Path.Combine(folder.Path, "model.gguf"), options);
        Assert.All(report.Changes, change => Assert.Equal(ExportChangeKind.TokenizerApproximated, change.Kind));
        Assert.Contains("'nd' and '\u2581'", report.Changes[0].Description, StringComparison.Ordinal);
        Assert.Contains("byte tokens", report.Changes[1].Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_CharactersWithoutByteTokens_IsRefused() =>
        Assert.Throws<NotSupportedException>(() => Export(Tokenizer.Load(SharedData.Require("BabyLlama-tok105/hf")), 105));

    private static GgufFile Export(Tokenizer tokenizer, int vocabularySize)
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config() with { VocabularySize = vocabularySize });
        string file = Path.Combine(folder.Path, "model.gguf");
        GgufExporter.Export(model, file, new GgufExportOptions { Tokenizer = tokenizer });
        return GgufFile.Read(file);
    }
}
