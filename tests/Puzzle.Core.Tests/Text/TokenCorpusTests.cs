using CsCheck;
using Puzzle.Foundation;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

public sealed class TokenCorpusTests
{
    private static readonly Tokenizer EndMarking = BytePairTrainer.Train(["a b"], new BytePairTrainerOptions { VocabularySize = 257 });

    private static readonly Tokenizer BeginMarking = BytePairTrainer.Train(
        ["a b"],
        new BytePairTrainerOptions { VocabularySize = 258, SpecialTokens = ["<b>", "<e>"], BeginOfText = "<b>", EndOfText = "<e>" });

    [Fact]
    public void FromTexts_OnlyEndToken_FollowsEachDocument()
    {
        TokenCorpus corpus = TokenCorpus.FromTexts(EndMarking, ["a", "", "bc"]);
        Assert.Equal((2, 5), (corpus.DocumentCount, corpus.TokenCount));
        Assert.Equal([.. EndMarking.Encode("a"), 0], corpus[0].ToArray());
        Assert.Equal([.. EndMarking.Encode("bc"), 0], corpus[1].ToArray());
    }

    [Fact]
    public void FromTexts_OwnBeginToken_PrecedesEachDocument()
    {
        TokenCorpus corpus = TokenCorpus.FromTexts(BeginMarking, ["a", "bc"]);
        Assert.Equal(BeginMarking.Encode("a"), corpus[0].ToArray());
        Assert.Equal(BeginMarking.Encode("bc"), corpus[1].ToArray());
        Assert.Equal(0, corpus[1][0]);
    }

    [Fact]
    public void FromTexts_NoText_Throws() =>
        Assert.Throws<ArgumentException>("documents", () => TokenCorpus.FromTexts(EndMarking, ["", ""]));

    [Fact]
    public void FromFiles_EmptyFile_NamesIt()
    {
        using var folder = new TemporaryFolder();
        string full = folder.Write("full.txt", "abc"), empty = folder.Write("empty.txt", " \n<|endoftext|>\n");
        Assert.Equal(empty, Assert.Throws<CheckpointFormatException>(() => TokenCorpus.FromFiles(EndMarking, [full, empty])).File);
        Assert.Equal(4, TokenCorpus.FromFiles(EndMarking, [full]).TokenCount);
    }

    [Fact]
    public void Split_ManyDocuments_SharesNoneAndLosesNone()
    {
        Gen.Int[0, 40].Select(value => $"text {value}").Array[2, 80].Where(texts => texts.Distinct().Count() > 1)
            .Select(Gen.Double[0.01, 0.99], Gen.ULong)
            .Sample((texts, fraction, seed) =>
            {
                TokenCorpus corpus = TokenCorpus.FromTexts(EndMarking, texts);
                (TokenCorpus training, TokenCorpus heldOut) = corpus.Split(fraction, seed);
                string[] trained = Documents(training), held = Documents(heldOut);
                Assert.Empty(trained.Intersect(held));
                Assert.NotEmpty(trained);
                Assert.NotEmpty(held);
                Assert.Equal(Documents(corpus).Order(), trained.Concat(held).Order());
            });
    }

    [Fact]
    public void Split_Fraction_IsMetToWithinADocument()
    {
        TokenCorpus corpus = TokenCorpus.FromTexts(EndMarking, Enumerable.Range(0, 500).Select(i => $"document {i:D3}"));
        Assert.Equal(50, corpus.Split(0.1).HeldOut.DocumentCount);
    }

    [Fact]
    public void Split_SameSeed_IgnoresTheOrderOfDocuments()
    {
        string[] texts = [.. Enumerable.Range(0, 50).Select(i => $"text {i}")];
        string[] forward = Documents(TokenCorpus.FromTexts(EndMarking, texts).Split(0.2, seed: 3).HeldOut);
        string[] backward = Documents(TokenCorpus.FromTexts(EndMarking, texts.Reverse()).Split(0.2, seed: 3).HeldOut);
        Assert.Equal(forward.Order(), backward.Order());
        Assert.NotEqual(forward.Order(), Documents(TokenCorpus.FromTexts(EndMarking, texts).Split(0.2, seed: 4).HeldOut).Order());
    }

    [Fact]
    public void Split_OneDocument_HoldsOutItsEnd()
    {
        TokenCorpus corpus = TokenCorpus.FromTexts(EndMarking, ["abcdefghi"]);
        (TokenCorpus training, TokenCorpus heldOut) = corpus.Split(0.25);
        Assert.Equal((7, 3), (training.TokenCount, heldOut.TokenCount));
        Assert.Equal(corpus[0].ToArray(), (int[])[.. training[0], .. heldOut[0]]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void Split_FractionOutOfRange_Throws(double fraction) =>
        Assert.Throws<ArgumentOutOfRangeException>("heldOutFraction", () => TokenCorpus.FromTexts(EndMarking, ["a", "b"]).Split(fraction));

    [Fact]
    public void Pack_Documents_JoinsThemAndDropsTheRest()
    {
        TokenCorpus corpus = TokenCorpus.FromTexts(EndMarking, ["abc", "defg", "h"]);
        PackedTokenDataset packed = corpus.Pack(4);
        Assert.Equal((2, 4, 257), (packed.Count, packed.SequenceLength, packed.VocabularySize));
        Assert.Equal([.. EndMarking.Encode("abc"), 0], packed[0].ToArray());
        Assert.Equal(EndMarking.Encode("defg"), packed[1].ToArray());
    }

    [Fact]
    public void Pack_TooFewTokens_SaysHowMany() =>
        Assert.Contains("2 tokens",
            Assert.Throws<InvalidOperationException>(() => TokenCorpus.FromTexts(EndMarking, ["a"]).Pack(3)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Pack_LengthBelowTwo_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>("sequenceLength", () => TokenCorpus.FromTexts(EndMarking, ["a"]).Pack(1));

    private static string[] Documents(TokenCorpus corpus) =>
        [.. Enumerable.Range(0, corpus.DocumentCount).Select(document => EndMarking.Decode(corpus[document]))];
}
