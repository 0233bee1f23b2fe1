using CsCheck;
using Puzzle.Text;
using Puzzle.Text.Patterns;

namespace Puzzle.Tests.Text;

public sealed class TokenizerComponentTests
{
    private const string Llama3Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [Theory]
    [InlineData("I'LL pay 12345 now!!\n\n  ok", new[] { "I", "'LL", " pay", " ", "123", "45", " now", "!!\n\n", " ", " ok" })]
    [InlineData("a\U00010330\U0001D7D8b \U0001F600\U0001F600x", new[] { "a\U00010330", "\U0001D7D8", "b", " \U0001F600\U0001F600", "x" })]
    public void Split_Llama3Pattern_CutsWordsByCodePoint(string text, string[] expected)
    {
        var step = new SplitStep(new RegexSplitter(new(Llama3Words)), SplitBehavior.Isolated, Invert: false);
        Assert.Equal(expected, Pieces(step, text));
    }

    [Theory]
    [InlineData("Hello  world, it's 42", new[] { "Hello", " ", " world", ",", " it", "'s", " 42" })]
    [InlineData("\U00010330\U00010331 \U0001D7D8\U0001F600", new[] { "\U00010330\U00010331", " \U0001D7D8", "\U0001F600" })]
    public void Split_Gpt2Words_CutsWordsByCodePoint(string text, string[] expected)
    {
        var step = new ByteLevelStep(AddPrefixSpace: false, SplitWords: true);
        Assert.Equal(expected.Select(word => ByteLevelAlphabet.Encode(word)), Pieces(step, text));
    }

    // The five lists are the ones Hugging Face documents for this text and pattern.
    [Theory]
    [InlineData("Removed", new[] { "the", "final", "countdown" })]
    [InlineData("Isolated", new[] { "the", "-", "final", "-", "-", "countdown" })]
    [InlineData("MergedWithPrevious", new[] { "the-", "final-", "-", "countdown" })]
    [InlineData("MergedWithNext", new[] { "the", "-final", "-", "-countdown" })]
    [InlineData("Contiguous", new[] { "the", "-", "final", "--", "countdown" })]
    public void Split_EachBehavior_ArrangesMatches(string behavior, string[] expected)
    {
        var step = new SplitStep(new RegexSplitter(new("-")), Enum.Parse<SplitBehavior>(behavior), Invert: false);
        Assert.Equal(expected, Pieces(step, "the-final--countdown"));
    }

    [Fact]
    public void Split_Inverted_KeepsWhatMatches()
    {
        var step = new SplitStep(new RegexSplitter(new("[a-z]+")), SplitBehavior.Removed, Invert: true);
        Assert.Equal(["the", "final"], Pieces(step, "the-final--"));
    }

    [Fact]
    public void Split_AnyPattern_LosesNothingWhenIsolated()
    {
        var step = new SplitStep(new RegexSplitter(new(Llama3Words)), SplitBehavior.Isolated, Invert: false);
        UnicodeText.Any.Sample(text => string.Concat(Pieces(step, text)) == text);
    }

    [Theory]
    [InlineData("always", true, new[] { "_a", "_b" })]
    [InlineData("first", true, new[] { "_a", "_b" })]
    [InlineData("first", false, new[] { "a", "_b" })]
    [InlineData("never", true, new[] { "a", "_b" })]
    public void Split_Metaspace_PrependsByScheme(string scheme, bool atStart, string[] expected)
    {
        var pieces = new List<string>();
        new MetaspaceStep('_', Enum.Parse<PrependScheme>(scheme, ignoreCase: true), SplitWords: true).Split("a b", atStart, pieces, Work());
        Assert.Equal(expected, pieces);
    }

    [Fact]
    public void Apply_ByteFallbackDecoder_ReplacesEachByteOfAnInvalidRun() =>
        Assert.Equal(
            ["\u00E9", "x", "\uFFFD\uFFFD", "<0xZZ>"],
            new ByteFallbackDecoder().Apply(["<0xC3>", "<0xA9>", "x", "<0xC3>", "<0xC3>", "<0xZZ>"], Work()));

    [Fact]
    public void Apply_StripDecoder_TakesAtMostSoManyCharacters() =>
        Assert.Equal([" a", "", "b"], new StripDecoder(' ', 1, 2).Apply(["  a  ", " ", "b"], Work()));

    [Fact]
    public void Apply_MetaspaceDecoder_DropsTheFirstTokensMarks() =>
        Assert.Equal(["a", " b"], new MetaspaceDecoder('_', PrependScheme.Always).Apply(["_a", "_b"], Work()));

    private static List<string> Pieces(PreTokenizerStep step, string text)
    {
        var pieces = new List<string>();
        step.Split(text, atStart: true, pieces, Work());
        return pieces;
    }

    private static TextWork Work() => new("tokenizer.json", 100);
}
