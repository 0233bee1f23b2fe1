using Puzzle.Foundation;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

public sealed class TokenizerJsonTests
{
    [Fact]
    public void Encode_MergesAsPairsOrStrings_GivesTheSameIds()
    {
        Tokenizer strings = Tokenizer.Parse(Json("""{"merges":["a b","ab c"]}"""));
        Tokenizer pairs = Tokenizer.Parse(Json("""{"merges":[["a","b"],["ab","c"]]}"""));
        Assert.Equal([4, 3, 0], strings.Encode("abcaba"));
        Assert.Equal(strings.Encode("abcababc"), pairs.Encode("abcababc"));
    }

    [Fact]
    public void Encode_IgnoreMerges_TakesWholeWordsFromTheVocabulary()
    {
        Tokenizer merging = Tokenizer.Parse(Json("""{"merges":["b c"]}"""));
        Tokenizer ignoring = Tokenizer.Parse(Json("""{"merges":["b c"],"ignore_merges":true}"""));
        Assert.Equal([0, 5], merging.Encode("abc"));
        Assert.Equal([4], ignoring.Encode("abc"));
    }

    [Theory]
    [InlineData(true, new[] { 0, 6, 1 })]
    [InlineData(false, new[] { 0, 6, 6, 1 })]
    public void Encode_UnknownCharacters_FusesWhenTold(bool fuse, int[] expected) =>
        Assert.Equal(expected, Tokenizer.Parse(Json($$"""{"unk_token":"?","fuse_unk":{{(fuse ? "true" : "false")}}}""")).Encode("axyb"));

    [Fact]
    public void Encode_AddedTokenFlags_DecideWhatMatches()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Json("{}", """
            "added_tokens":[
              {"id":7,"content":"[L]","lstrip":true,"special":true},
              {"id":8,"content":"[R]","rstrip":true},
              {"id":9,"content":"[W]","single_word":true},
              {"id":10,"content":"[L][R]"}]
            """));
        Assert.Equal([0, 7, 1], tokenizer.Encode("a  [L]b"));
        Assert.Equal([0, 8, 1], tokenizer.Encode("a[R] \n b"));
        Assert.Equal([10, 9], tokenizer.Encode("[L][R][W]"));
        Assert.Equal([0], tokenizer.Encode("a[W]"));
        Assert.Equal([1], tokenizer.Encode("\U0001D7D8[W]b"));
        Assert.Equal("a[R]", tokenizer.Decode([0, 7, 8]).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Encode_Template_AddsTokensAround()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Json("{}", """
            "post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",
              "single":[{"SpecialToken":{"id":"a","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"b","type_id":0}}],
              "special_tokens":{"a":{"id":"a","ids":[0],"tokens":["a"]},"b":{"id":"b","ids":[1],"tokens":["b"]}}}]}
            """));
        Assert.Equal([0, 2, 1], tokenizer.Encode("c"));
        Assert.Equal([2], tokenizer.Encode("c", addSpecialTokens: false));
    }

    [Fact]
    public void Parse_Config_NamesTheBoundaryTokens()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Json("{}"), """{"bos_token":{"content":"a"},"eos_token":"b"}""");
        Assert.Equal((0, 1), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId));
        Assert.Null(Tokenizer.Parse(Json("{}")).BeginOfTextId);
    }

    [Fact]
    public void Decode_NegativeId_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>("ids", () => Tokenizer.Parse(Json("{}")).Decode([-7]));

    [Fact]
    public void Save_LoadedTokenizer_KeepsTheTextByteForByte()
    {
        using var folder = new TemporaryFolder();
        string json = "  " + Json("{}");
        folder.Write(Tokenizer.FileName, json);
        folder.Write(Tokenizer.ConfigFileName, """{"bos_token":"a", "other":1}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);

        string child = Path.Combine(folder.Path, "child");
        tokenizer.Save(child);

        Assert.Equal(json, File.ReadAllText(Path.Combine(child, Tokenizer.FileName)));
        Assert.Equal("""{"bos_token":"a", "other":1}""", File.ReadAllText(Path.Combine(child, Tokenizer.ConfigFileName)));
        Assert.Equal(tokenizer.Fingerprint, Tokenizer.Load(child).Fingerprint);
    }

    [Fact]
    public void Fingerprint_OnlyContentThatMatters_Decides()
    {
        string fingerprint = Tokenizer.Parse(Json("{}")).Fingerprint;
        Assert.Equal(fingerprint, Tokenizer.Parse(Json("{}", "\"truncation\": {\"max_length\": 5},  \"version\":\"2.0\"")).Fingerprint);
        Assert.NotEqual(fingerprint, Tokenizer.Parse(Json("""{"merges":["a b"]}""")).Fingerprint);
        Assert.NotEqual(fingerprint, Tokenizer.Parse(Json("{}"), """{"eos_token":"b"}""").Fingerprint);
    }

    [Theory]
    [InlineData("""{"type":"Unigram"}""", "", "'Unigram'")]
    [InlineData("""{"dropout":0.1}""", "", "dropout")]
    [InlineData("""{"end_of_word_suffix":"</w>"}""", "", "</w>")]
    [InlineData("""{"unk_token":"nope"}""", "", "'nope'")]
    [InlineData("""{"merges":["a b c"]}""", "", "3 parts")]
    [InlineData("""{"merges":["a z"]}""", "", "'z'")]
    [InlineData("""{"merges":["b a"]}""", "", "'ba'")]
    [InlineData("""{"merges":5}""", "", "$.model.merges")]
    [InlineData("""{"vocab":{}}""", "", "empty")]
    [InlineData("""{"vocab":{"a":-1}}""", "", "-1")]
    [InlineData("""{"vocab":{"a":2000000000}}""", "", "2000000000")]
    [InlineData("""{"vocab":{"a":0,"a":1}}""", "", "twice")]
    [InlineData("""{"vocab":{"a":0,"b":0}}""", "", "belongs to both")]
    [InlineData("""{"vocab":{"\ud800":0}}""", "", "Unicode")]
    [InlineData("{}", """ "normalizer":{"type":"BertNormalizer"} """, "normalizer 'BertNormalizer'")]
    [InlineData("{}", """ "normalizer":{"type":"Replace","pattern":{"Regex":"("},"content":""} """, "'('")]
    [InlineData("{}", """ "pre_tokenizer":{"type":"UnicodeScripts"} """, "pre-tokenizer 'UnicodeScripts'")]
    [InlineData("{}", """ "pre_tokenizer":{"type":"Split","pattern":{"String":" "},"behavior":"Odd"} """, "'Odd'")]
    [InlineData("{}", """ "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Odd"}]} """, "pretokenizers[0]")]
    [InlineData("{}", """ "post_processor":{"type":"BertProcessing"} """, "post-processor 'BertProcessing'")]
    [InlineData("{}", """ "post_processor":{"type":"TemplateProcessing","single":[],"special_tokens":{}} """, "0 times")]
    [InlineData("{}", """ "decoder":{"type":"WordPiece"} """, "decoder 'WordPiece'")]
    [InlineData("{}", """ "added_tokens":[{"id":1,"content":"a"}] """, "'a'")]
    [InlineData("{}", """ "added_tokens":[{"id":9}] """, "added_tokens[0].content")]
    public void Parse_Malformed_SaysWhatIsWrong(string model, string rest, string expected)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Tokenizer.Parse(Json(model, rest)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(Tokenizer.FileName, error.File);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"model\":null}")]
    public void Parse_NoTokenizer_Throws(string json) =>
        Assert.Throws<CheckpointFormatException>(() => Tokenizer.Parse(json));

    [Fact]
    public void Parse_EveryPrefix_ThrowsTyped()
    {
        string json = Json("""{"merges":["a b"]}""", """ "decoder":{"type":"Fuse"} """);
        for (int length = 0; length < json.Length; length++)
            Assert.Throws<CheckpointFormatException>(() => Tokenizer.Parse(json[..length]));
    }

    [Fact]
    public void Load_MissingFile_NamesIt()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<CheckpointFormatException>(() => Tokenizer.Load(folder.Path));
        Assert.Equal(Path.Combine(folder.Path, Tokenizer.FileName), error.File);
    }

    [Fact]
    public void Load_ConfigWithUnknownToken_NamesTheConfig()
    {
        using var folder = new TemporaryFolder();
        folder.Write(Tokenizer.FileName, Json("{}"));
        string config = folder.Write(Tokenizer.ConfigFileName, """{"eos_token":"nope"}""");
        Assert.Equal(config, Assert.Throws<CheckpointFormatException>(() => Tokenizer.Load(folder.Path)).File);
    }

    [Theory]
    [InlineData("vocab", "[1]", "a b", "expected Object")]
    [InlineData("vocab", """{"a":0,"b":2,"ab":1,"<|endoftext|>":4}""", "a b", "0 to 3")]
    [InlineData("vocab", """{"a":0,"b":1,"ab":2}""", "a b", "<|endoftext|>")]
    [InlineData("merges", """{"a":0,"b":1,"ab":2,"<|endoftext|>":3}""", "#version: 0.2\na b\nab", "line 3")]
    public void FromVocabularyAndMerges_Malformed_SaysWhatIsWrong(string culprit, string vocabulary, string merges, string expected)
    {
        using var folder = new TemporaryFolder();
        string vocabularyFile = folder.Write("vocab", vocabulary), mergesFile = folder.Write("merges", merges);
        var error = Assert.Throws<CheckpointFormatException>(() => Tokenizer.FromVocabularyAndMerges(vocabularyFile, mergesFile));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(culprit, error.File, StringComparison.Ordinal);
    }

    /// <summary>Writes a small tokenizer.json; later properties of the model replace the usual ones.</summary>
    private static string Json(string model, string rest = "")
    {
        var merged = System.Text.Json.Nodes.JsonNode.Parse("""
            {"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,"abc":4,"bc":5,"?":6},"merges":[]}
            """)!.AsObject();
        if (model.Contains("vocab", StringComparison.Ordinal))
            return $$"""{{{(rest.Length > 0 ? rest + "," : "")}}"model":{"type":"BPE","merges":[],{{model[1..]}}}""";
        foreach ((string name, var value) in System.Text.Json.Nodes.JsonNode.Parse(model)!.AsObject())
            merged[name] = value?.DeepClone();
        return $$"""{{{(rest.Length > 0 ? rest + "," : "")}}"model":{{merged.ToJsonString()}}}""";
    }
}
