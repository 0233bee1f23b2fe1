using System.Text;
using Puzzle.Foundation;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

/// <summary>Small files that would take minutes or gigabytes. What they may take is counted, so that it is the same on every
/// machine.</summary>
public sealed class TokenizerBombTests
{
    private const string Model = """
        "model":{"type":"BPE","vocab":{"a":0,"b":1,"x":2,"!":3},"merges":[]}
        """;

    [Theory]
    [InlineData("tokenizer-bomb.json")]
    [InlineData("tokenizer-redos.json")]
    [InlineData("tokenizer-redos-load.json")]
    public void Load_BombOfTheFaults_IsRefusedOrReadWithinBounds(string name)
    {
        string json = File.ReadAllText(SharedData.Require($"faults/{name}"));
        Bounded(() => Tokenizer.Parse(json).Encode(new string('a', 5000) + "!"));
    }

    [Fact]
    public void Load_LongPieceOfTheFaults_IsRefused() =>
        Assert.Throws<CheckpointFormatException>(() => Tokenizer.Load(SharedData.Require("faults/long-piece.model")));

    [Fact]
    public void Encode_DoublingReplacements_IsRefusedBeforeTheyAreMade()
    {
        string doubling = string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"a"},"content":"aa"}""", 40));
        Tokenizer tokenizer = Tokenizer.Parse($$"""{"normalizer":{"type":"Sequence","normalizers":[{{doubling}}]},{{Model}}}""");
        Assert.Throws<CheckpointFormatException>(() => tokenizer.Encode("a"));
        Assert.Equal([1], tokenizer.Encode("b"));
    }

    [Fact]
    public void Encode_DoublingByteLevels_IsRefused()
    {
        string steps = string.Join(',', Enumerable.Repeat("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""", 40));
        Tokenizer tokenizer = Tokenizer.Parse($$"""{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{{steps}}]},{{Model}}}""");
        Assert.Throws<CheckpointFormatException>(() => tokenizer.Encode("\u00E9"));
    }

    [Fact]
    public void Decode_DoublingReplacements_IsRefused()
    {
        string doubling = string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"a"},"content":"aa"}""", 40));
        Tokenizer tokenizer = Tokenizer.Parse($$"""{"decoder":{"type":"Sequence","decoders":[{{doubling}}]},{{Model}}}""");
        Assert.Throws<CheckpointFormatException>(() => tokenizer.Decode([0]));
    }

    [Fact]
    public void Encode_HundredsOfSplits_TakesBoundedSteps()
    {
        const string Split = """{"type":"Split","pattern":{"Regex":"a(?!c)|b+"},"behavior":"Isolated"}""";
        string steps = string.Join(',', Enumerable.Repeat(Split, 500));
        Tokenizer tokenizer = Tokenizer.Parse($$"""{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{{steps}}]},{{Model}}}""");
        Bounded(() => tokenizer.Encode(new string('a', 500)));
    }

    [Theory]
    [InlineData("?")]
    [InlineData("{1}")]
    public void Load_RepeatsOfOnePart_AreRefusedBeforeTheStackEnds(string repeat)
    {
        string pattern = "a" + string.Concat(Enumerable.Repeat(repeat, 30_000));
        Assert.Throws<CheckpointFormatException>(() => Tokenizer.Parse(Split(pattern)));
        Assert.Equal([0], Tokenizer.Parse(Split("a" + repeat + repeat)).Encode("a"));
    }

    [Fact]
    public void Encode_SetOfManyMembers_CountsThem()
    {
        string members = string.Concat(Enumerable.Range(0x4E00, 20_000).Select(codePoint => (char)codePoint));
        Tokenizer tokenizer = Tokenizer.Parse(Split($"[{members}]"));
        Assert.Throws<CheckpointFormatException>(() => tokenizer.Encode(new string('\u00E9', 20_000)));
        Assert.Equal([0], tokenizer.Encode("a\u4E01"));
    }

    [Theory]
    [InlineData("NFC")]
    [InlineData("NFKD")]
    public void Encode_MarksWithoutEnd_AreRefusedBeforeTheyArePutInOrder(string form)
    {
        Tokenizer tokenizer = Tokenizer.Parse($$"""{"normalizer":{"type":"{{form}}"},{{Model}}}""");
        Assert.Throws<CheckpointFormatException>(() => tokenizer.Encode(Marks(50_000)));
        Assert.Equal([0], tokenizer.Encode($"a\u4E01{Marks(1000)}"));
        Assert.Equal(500, tokenizer.Encode(string.Concat(Enumerable.Repeat($"a{Marks(100)}\u4E01", 500))).Length);

        static string Marks(int count) => string.Concat(Enumerable.Repeat("\u0327\u031B", count / 2));
    }

    [Fact]
    public void Load_TemplateWithoutItsToken_NamesIt()
    {
        const string template =
            """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A"}}]}""";
        Assert.Contains(
            "'<s>'",
            Assert.Throws<CheckpointFormatException>(() => Tokenizer.Parse($$"""{"post_processor":{{template}},{{Model}}}""")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_ManyStepsOverOneLongToken_CountsItsLength()
    {
        string steps = string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"b"},"content":"c"}""", 2000));
        Tokenizer tokenizer = Tokenizer.Parse(
            $$"""{"decoder":{"type":"Sequence","decoders":[{"type":"Fuse"},{{steps}}]},{{Model}}}""");
        Assert.Throws<CheckpointFormatException>(() => tokenizer.Decode(new int[100_000]));
    }

    private static string Split(string pattern) =>
        $$"""{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"{{pattern}}"},"behavior":"Isolated"},{{Model}}}""";

    [Fact]
    public void Load_ManyAddedTokensThatAreNearlyFound_TakesBoundedSteps()
    {
        var tokens = new StringBuilder();
        for (int length = 200; length < 1000; length++)
            tokens.Append($$"""{"id":{{length}},"content":"{{new string('a', length)}}!"},""");
        Tokenizer tokenizer = Tokenizer.Parse($$"""{"added_tokens":[{{tokens.ToString().TrimEnd(',')}}],{{Model}}}""");
        Bounded(() => tokenizer.Encode(new string('a', 50_000)));
    }

    [Fact]
    public void FromTexts_CanceledWhileALargeDocumentIsEncoded_AsksForNoFurtherOne()
    {
        using var cancel = new CancellationTokenSource();
        int given = 0;
        Tokenizer tokenizer = LetterTokenizer.Create();
        Assert.Throws<OperationCanceledException>(() => TokenCorpus.FromTexts(tokenizer, Documents(), cancel.Token));
        Assert.Equal(2, given);

        IEnumerable<string> Documents()
        {
            given = 1;
            yield return "the cat";
            given = 2;
            cancel.Cancel();
            yield return string.Concat(Enumerable.Repeat("the cat ", 10_000));
            given = 3;
            yield return "the cat";
        }
    }

    private static void Bounded(Func<int[]> encode)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Assert.NotNull(encode());
        }
        catch (CheckpointFormatException)
        {
            // Refused by count.
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256L << 20);
    }
}
