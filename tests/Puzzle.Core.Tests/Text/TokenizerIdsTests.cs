using System.Text.Json;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

/// <summary>Which tokens begin and end a text, by the files beside a tokenizer.</summary>
public sealed class TokenizerIdsTests : IDisposable
{
    private const string Named = """{"bos_token":"<s>","eos_token":{"content":"</s>"}}""";
    private readonly TestFolder _folder = new();

    [Theory]
    [InlineData("tokenizer_config.json", Named)]
    [InlineData("special_tokens_map.json", Named)]
    [InlineData("config.json", """{"bos_token_id":1,"eos_token_id":2}""")]
    [InlineData("config.json", """{"bos_token_id":1,"eos_token_id":[2,3]}""")]
    [InlineData("generation_config.json", """{"bos_token_id":1,"eos_token_id":[2,3]}""")]
    public void Load_IdsNamedByAnyFile_AreKnown(string file, string text)
    {
        Write("tokenizer_config.json", "{}");
        Write(file, text);
        Tokenizer tokenizer = Load();
        Assert.Equal((1, 2), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId));
        Assert.True(tokenizer.StartsTexts);
    }

    [Fact]
    public void Load_FirstFileThatSaysSomething_Counts()
    {
        Write("tokenizer_config.json", """{"eos_token":"<x>"}""");
        Write("special_tokens_map.json", Named);
        Write("config.json", """{"bos_token_id":3,"eos_token_id":3}""");
        Tokenizer tokenizer = Load();
        Assert.Equal((1, 3), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    public void Load_TokenThatIsSaidNotToBe_IsNone(string none)
    {
        Write("tokenizer_config.json", $$"""{"bos_token":{{none}},"eos_token":"</s>"}""");
        Write("config.json", """{"bos_token_id":1,"eos_token_id":2}""");
        Tokenizer tokenizer = Load();
        Assert.Null(tokenizer.BeginOfTextId);
        Assert.False(tokenizer.StartsTexts);
        Assert.Equal([4, 2, 5, 2], Ids(TokenCorpus.FromTexts(tokenizer, ["a", "b"])));
    }

    [Theory]
    [InlineData("", false, new[] { 4 })]
    [InlineData("", true, new[] { 1, 4 })]
    [InlineData("\"add_bos_token\":false,", true, new[] { 4 })]
    [InlineData("\"add_bos_token\":true,", false, new[] { 1, 4 })]
    [InlineData("\"add_bos_token\":true,\"add_eos_token\":true,", true, new[] { 1, 4, 2 })]
    public void Encode_AddTokenSettings_AreHonored(string settings, bool hasTemplate, int[] expected)
    {
        Write("tokenizer_config.json", $$"""{{{settings}}"bos_token":"<s>","eos_token":"</s>"}""");
        Tokenizer tokenizer = Load(hasTemplate);
        Assert.Equal(expected, tokenizer.Encode("a"));
        Assert.Equal([4], tokenizer.Encode("a", addSpecialTokens: false));
        tokenizer.Save(_folder["saved"]);
        Assert.Equal(expected, Tokenizer.Load(_folder["saved"]).Encode("a"));
    }

    [Fact]
    public void Save_IdsAndTemplateOfOtherFiles_AreSavedToo()
    {
        Write("config.json", """{"bos_token_id":1,"eos_token_id":2}""");
        Write("tokenizer_config.json", "{}");
        Write("chat_template.jinja", "{{ messages }}");
        Load().Save(_folder["saved"]);
        Tokenizer saved = Tokenizer.Load(_folder["saved"]);
        Assert.Equal((1, 2, "{{ messages }}"), (saved.BeginOfTextId, saved.EndOfTextId, saved.ChatTemplate));
    }

    [Theory]
    [InlineData("""{"chat_template":"inline"}""", null, "inline")]
    [InlineData("""{"chat_template":[{"name":"tools","template":"t"},{"name":"default","template":"d"}]}""", null, "d")]
    [InlineData("""{"chat_template":"inline"}""", "file", "file")]
    [InlineData("{}", null, null)]
    public void ChatTemplate_OfEitherPlace(string config, string? file, string? expected)
    {
        Write("tokenizer_config.json", config);
        if (file is not null)
            Write("chat_template.jinja", file);
        Assert.Equal(expected, Load().ChatTemplate);
    }

    [Fact]
    public void Decode_IdOfThePaddedVocabulary_IsNothing()
    {
        Tokenizer tokenizer = Load();
        Assert.Equal("ab", tokenizer.Decode([4, 4000, 5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }

    [Fact]
    public void Load_ConfigOfTheFaults_TakesIdsFromTheModel()
    {
        string config = File.ReadAllText(SharedData.Require("faults/tokenizer_config-no-bos-eos.json"));
        Write("tokenizer_config.json", config);
        Write("config.json", """{"bos_token_id":1,"eos_token_id":2}""");
        Tokenizer tokenizer = Load();
        Assert.Equal((1, 2), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId));
    }

    public void Dispose() => _folder.Dispose();

    private static int[] Ids(TokenCorpus corpus) =>
        [.. Enumerable.Range(0, corpus.DocumentCount).SelectMany(document => corpus[document].ToArray())];

    private void Write(string file, string text) => File.WriteAllText(_folder[file], text);

    private Tokenizer Load(bool hasTemplate = false)
    {
        object? template = hasTemplate
            ? new
            {
                type = "TemplateProcessing",
                single = new object[] { new
                {
                    SpecialToken = new { id = "<s>", type_id = 0 },
                }, new { Sequence = new { id = "A", type_id = 0 } } },
                special_tokens = new Dictionary<string, object> { ["<s>"] = new
                {
                    id = "<s>",
                    ids = (int[])[1],
                    tokens = (string[])["<s>"],
                } },
            }
            : null;
        string[] special = ["<unk>", "<s>", "</s>", "<x>"];
        Write("tokenizer.json", JsonSerializer.Serialize(new
        {
            added_tokens = special.Select((content, id) => new { id, content, special = true }),
            post_processor = template,
            decoder = new { type = "Fuse" },
            model = new { type = "BPE", vocab = new Dictionary<string, int> { ["a"] = 4, ["b"] = 5 }, merges = Array.Empty<string>() },
        }));
        return Tokenizer.Load(_folder.Path);
    }
}
