using System.Text.RegularExpressions;
using CsCheck;
using Puzzle.Foundation;
using Puzzle.Text.Patterns;

namespace Puzzle.Tests.Text.Patterns;

/// <summary>The counting matcher against .NET's own engine, and where that one would run for ever.</summary>
public sealed class PatternTests
{
    private static readonly Gen<string> Atom = OneOf("a", "b", "[ab]", "[^a]", @"\s", @"\p{L}", @"[\p{Lu}b&&[^x]]", ".");
    private static readonly Gen<string> Repeat = OneOf("", "", "", "*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{1,2}?");
    private static readonly Gen<string> Plain = Gen.Select(Atom, Repeat, (atom, repeat) => atom + repeat).Array[1, 3].Select(string.Concat);

    private static readonly Gen<string> Group = Gen.Select(
        OneOf("(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!", "("), Plain, Plain, OneOf("", "?"), (open, first, second, optional) =>
        open switch
        {
            "(?=" or "(?!" => $"{open}{first}|{second})",
            "(?<=" or "(?<!" => $"{open}a|bb)",
            _ => $"{open}{first}|{second}){optional}",
        });

    private static readonly Gen<string> Expression = Gen.Select(
        Gen.OneOf(Plain, Group), Gen.OneOf(Plain, Group, Gen.Const("$")), Plain, Gen.Bool, (first, second, third, alternative) =>
        alternative ? $"{first}{second}|{third}" : $"{first}{second}{third}");

    private static readonly Gen<string> Words = OneOf('a', 'a', 'b', ' ', '\n', 'A').Array[0, 12]
        .Select(characters => new string(characters));

    [Fact]
    public void Matches_RandomExpressions_AreThoseOfDotNet() => Gen.Select(Expression, Words).Sample(
        (expression, text) =>
        {
            // .NET writes an intersection as a subtraction.
            var expected = new Regex(
                expression.Replace("b&&[^x]]", "b-[x]]", StringComparison.Ordinal), RegexOptions.Multiline | RegexOptions.CultureInvariant);
            Assert.Equal(expected.Matches(text).Select(match => (match.Index, match.Index + match.Length)), Matches(expression, text));
        },
        iter: 3000);

    [Theory]
    [InlineData(@"(?i:'s|k)", "'S \u212A \u017F k", "0-2 3-4 7-8")]
    [InlineData(@"\p{L}+", "a\U00010330\U0001F600\U00010330", "0-3 5-7")]
    [InlineData(@"[^\p{L}]", "\U0001F600a", "0-2")]
    [InlineData(@"^a|a$", "a\na b\nba", "0-1 2-3 7-8")]
    [InlineData(@"[[:digit:]]{2,}", "1 23 456", "2-4 5-8")]
    [InlineData(@"\h+", "xaFg", "1-3")]
    [InlineData(@"\x{1F600}|\u0061", "\U0001F600a", "0-2 2-3")]
    [InlineData(@"a++a|b", "aaab", "3-4")]
    [InlineData(@"(?i)a(?-i)b", "Ab AB", "0-2")]
    [InlineData(@"(?<=\U0001F600|xx)a", "\U0001F600a", null)]
    public void Matches_OfTheReferencesSyntax(string expression, string text, string? expected)
    {
        if (expected is null)
            Assert.Throws<FormatException>(() => new Pattern(expression));
        else
            Assert.Equal(expected, string.Join(' ', Matches(expression, text).Select(match => $"{match.Start}-{match.End}")));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData(@"\1")]
    [InlineData(@"(a)\k<1>")]
    [InlineData(@"\p{Nonsense}")]
    [InlineData("(?<=a+)b")]
    [InlineData("((((((((((a{100}){100}){100}){100}){100}){100}){100}){100}){100}){100})")]
    [InlineData("((((((((((){1000}){1000}){1000}){1000}){1000}){1000}){1000}){1000}){1000})")]
    [InlineData("[z-a]")]
    [InlineData("a{3,2}")]
    [InlineData(@"\")]
    public void New_MalformedOrTooLarge_IsFormatException(string expression) =>
        Assert.Throws<FormatException>(() => new Pattern(expression));

    [Theory]
    [InlineData("(?:(?:a|aa)+$)|a+")]
    [InlineData("(x+x+)+y|a")]
    [InlineData("(a|aa)+$")]
    public void Matches_NestedRepeats_TakeStepsInProportion(string expression)
    {
        const int length = 20_000;
        string text = new string('a', length) + "!";
        var work = new TextWork("tokenizer.json", text.Length);
        int matches = new Pattern(expression).Matches(text, work).Count();
        Assert.True(matches is 0 or 1 || matches >= length);
        Assert.InRange(work.Steps, length, 10_000_000 + (500L * length));
    }

    [Theory]
    [InlineData("(?=(a|aa)+$)b|x", 3000)]
    [InlineData("(?:a*)*b", 20_000)]
    public void Matches_ExpressionThatTakesForEver_IsRefusedByCount(string expression, int length)
    {
        string text = new string('a', length) + "!";
        var first = new TextWork("tokenizer.json", text.Length);
        var second = new TextWork("tokenizer.json", text.Length);
        var pattern = new Pattern(expression);
        Assert.Throws<CheckpointFormatException>(() => pattern.Matches(text, first).Count());
        Assert.Throws<CheckpointFormatException>(() => pattern.Matches(text, second).Count());
        Assert.Equal(first.Steps, second.Steps);
    }

    [Fact]
    public void Matches_Canceled_StopWithinFourThousandSteps()
    {
        using var cancel = new CancellationTokenSource();
        string text = new('a', 100_000);
        var work = new TextWork("tokenizer.json", text.Length, cancel.Token);
        using IEnumerator<(int, int)> matches = new Pattern("(?:a|b)+b|a").Matches(text, work).GetEnumerator();
        Assert.True(matches.MoveNext());
        long before = work.Steps;
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => matches.MoveNext());
        Assert.InRange(work.Steps - before, 0, 4096);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static List<(int Start, int End)> Matches(string expression, string text) =>
        [.. new Pattern(expression).Matches(text, new TextWork("tokenizer.json", text.Length))];
}
