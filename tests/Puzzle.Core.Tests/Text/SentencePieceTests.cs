using System.Text;
using Puzzle.Foundation;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

public sealed class SentencePieceTests
{
    private static readonly byte[] BytePairWithByteFallback = [0x18, 2, 0x98, 0x02, 1];
    private static readonly byte[] KeepSpaces = [0x18, 1, 0x20, 0];

    [Fact]
    public void Encode_LlamaCases_GivesTheSameIds()
    {
        var model = GgufVocabulary.Read(SharedData.Require("tokenizer-goldens/ggml-vocab-llama-spm.gguf"));
        Tokenizer tokenizer = SentencePieceConverter.Convert(model, "llama");
        var cases = LlamaCppCases.Read("tokenizer-goldens/ggml-vocab-llama-spm.gguf");
        Assert.Equal(47, cases.Count);
        Assert.All(cases, c =>
        {
            Assert.Equal(c.Ids, tokenizer.Encode(c.Text, addSpecialTokens: false));
            Assert.Equal(c.Text, tokenizer.Decode(c.Ids));
        });
    }

    [Fact]
    public void Load_ModelFile_EncodesBestScoresFirst()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.model", Model(BytePairWithByteFallback, KeepSpaces));

        Tokenizer tokenizer = Tokenizer.Load(folder.Path);

        Assert.Equal((1, 2, 11), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId, tokenizer.VocabularySize));
        Assert.Equal([1, 10, 7, 2], tokenizer.Encode("abc</s>"));
        Assert.Equal([1, 4, 3, 0], tokenizer.Encode("\n?!"));
        Assert.Equal("abc\n", tokenizer.Decode([1, 10, 7, 3, 2]));

        tokenizer.Save(folder.Path);
        Assert.Equal(tokenizer.Fingerprint, Tokenizer.Load(Path.Combine(folder.Path, Tokenizer.FileName)).Fingerprint);
    }

    [Fact]
    public void Load_ModelFileWithAConfigBeside_DoesAsTheConfigSays()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.model", Model(BytePairWithByteFallback, KeepSpaces));
        folder.Write(Tokenizer.ConfigFileName, """
            {"add_bos_token":false,"add_eos_token":true,"chat_template":"{{ messages }}","eos_token":"</s>"}
            """);

        Tokenizer tokenizer = Tokenizer.Load(folder.Path);

        Assert.Equal((1, 2, "{{ messages }}"), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId, tokenizer.ChatTemplate));
        Assert.Equal([10, 7, 2], tokenizer.Encode("abc"));

        using var child = new TemporaryFolder();
        tokenizer.Save(child.Path);
        Tokenizer saved = Tokenizer.Load(child.Path);
        Assert.Equal((tokenizer.Fingerprint, tokenizer.ChatTemplate), (saved.Fingerprint, saved.ChatTemplate));
    }

    [Fact]
    public void Load_ModelFileWithOtherFilesBeside_ReadsTemplateAndLeavesItsOwnTokens()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.model", Model(BytePairWithByteFallback, KeepSpaces));
        string fingerprint = Tokenizer.Load(folder.Path).Fingerprint;
        folder.Write("chat_template.jinja", "{{ messages }}");
        folder.Write("config.json", """{"bos_token_id":2,"eos_token_id":[1]}""");

        Tokenizer tokenizer = Tokenizer.Load(folder.Path);

        Assert.Equal("{{ messages }}", tokenizer.ChatTemplate);
        Assert.Equal(fingerprint, tokenizer.Fingerprint);
    }

    [Fact]
    public void Load_ModelFileWhoseConfigNamesNoBegin_StartsNoText()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.model", Model(BytePairWithByteFallback, KeepSpaces));
        folder.Write(Tokenizer.ConfigFileName, """{"bos_token":""}""");

        Tokenizer tokenizer = Tokenizer.Load(folder.Path);

        Assert.Equal((null, false, 2), (tokenizer.BeginOfTextId, tokenizer.StartsTexts, tokenizer.EndOfTextId));
    }

    [Fact]
    public void Load_UnigramModel_NamesTheType()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.model", Model([], KeepSpaces));
        Assert.Contains(
            "model type 1", Assert.Throws<CheckpointFormatException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ModelThatNormalizesSpaces_Throws()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.model", Model(BytePairWithByteFallback, []));
        Assert.Contains(
            "white space", Assert.Throws<CheckpointFormatException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TruncatedModel_ThrowsTypedAtEveryLength()
    {
        byte[] whole = Model(BytePairWithByteFallback, KeepSpaces);
        using var folder = new TemporaryFolder();
        for (int length = 0; length < whole.Length; length++)
        {
            string file = folder.Write("tokenizer.model", whole[..length]);
            Assert.Equal(file, Assert.Throws<CheckpointFormatException>(() => Tokenizer.Load(folder.Path)).File);
        }
    }

    private static byte[] Model(byte[] trainer, byte[] normalizer)
    {
        byte[][] pieces =
        [
            Piece("<unk>", 0, 2), Piece("<s>", 0, 3), Piece("</s>", 0, 3), Piece("<0x0A>", 0, 6), Piece("\u2581", -9),
            Piece("a", -9), Piece("b", -9), Piece("c", -9), Piece("ab", -1), Piece("bc", -2), Piece("\u2581ab", -3),
        ];
        return [.. pieces.SelectMany(piece => Field(1, piece)), .. Field(2, trainer), .. Field(3, normalizer)];
    }

    private static byte[] Piece(string text, float score, byte kind = 1) =>
        [.. Field(1, Encoding.UTF8.GetBytes(text)), 0x15, .. BitConverter.GetBytes(score), 0x18, kind];

    private static byte[] Field(byte number, byte[] bytes) => [(byte)((number << 3) | 2), (byte)bytes.Length, .. bytes];
}
