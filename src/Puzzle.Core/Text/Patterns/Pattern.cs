namespace Puzzle.Text.Patterns;

/// <summary>
/// A regular expression over code points whose work is counted, so that no expression and no text can hold a thread up: tokenizer files are
/// not trusted, and .NET's own engine bounds a match by time alone. Immutable; safe for concurrent use.
/// </summary>
internal sealed class Pattern
{
    private readonly string _text;

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It is malformed or asks for something unsupported.</exception>
    public Pattern(string text)
        : this(text, PatternParser.Parse(text))
    {
    }

    private Pattern(string text, PatternNode node)
    {
        _text = text;
        (Code, MayLoopOnNothing) = PatternCompiler.Compile(node);
    }

    internal PatternInstruction[] Code { get; }

    /// <summary>Gets whether a loop's body may match nothing.</summary>
    internal bool MayLoopOnNothing { get; }

    /// <summary>Makes the pattern that matches a text itself.</summary>
    public static Pattern Literal(string text) =>
        new(text, new SequenceNode([.. text.EnumerateRunes().Select(rune => new CharacterNode(CodePointSet.Of(rune.Value)))]));

    /// <summary>Gives all matches from left to right that do not overlap; empty ones too.</summary>
    /// <param name="text">The text, well-formed UTF-16.</param>
    /// <param name="work">What is left to do.</param>
    public IEnumerable<(int Start, int End)> Matches(string text, TextWork work)
    {
        var matcher = new PatternMatcher(this, text, work);
        for (int at = 0; at <= text.Length;)
        {
            if (matcher.Find(at) is not { } match)
                yield break;
            yield return match;
            at = match.End > match.Start ? match.End : matcher.After(match.End);
        }
    }

    public override string ToString() => _text;
}
