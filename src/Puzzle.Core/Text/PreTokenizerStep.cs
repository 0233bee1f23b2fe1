using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Cuts a text into the pieces that merges may not cross, and may rewrite them.</summary>
internal abstract record PreTokenizerStep
{
    /// <summary>Appends the pieces of <paramref name="text"/>.</summary>
    /// <param name="text">A part of the text between added tokens.</param>
    /// <param name="atStart">Whether the part begins the whole text.</param>
    /// <param name="pieces">Receives the pieces.</param>
    /// <param name="work">What the text may take.</param>
    public abstract void Split(string text, bool atStart, List<string> pieces, TextWork work);
}

/// <summary>Applies steps one after another, each to all pieces of the one before.</summary>
internal sealed record PreTokenizerSequence(IReadOnlyList<PreTokenizerStep> Steps) : PreTokenizerStep
{
    // What a piece costs however short it is: a string, a list and a matcher.
    private const int StepsPerPiece = 20;

    public override void Split(string text, bool atStart, List<string> pieces, TextWork work)
    {
        List<string> current = [text];
        foreach (PreTokenizerStep step in Steps)
        {
            var next = new List<string>(current.Count);
            long length = 0;
            for (int i = 0; i < current.Count; i++)
            {
                work.Spend(StepsPerPiece + current[i].Length);
                int before = next.Count;
                step.Split(current[i], atStart && i == 0, next, work);
                for (int made = before; made < next.Count; made++)
                    length += next[made].Length;
                work.RequireLength(length);
            }
            current = next;
        }
        pieces.AddRange(current);
    }
}

/// <summary>Splits at matches of a pattern.</summary>
internal sealed record SplitStep(RegexSplitter Splitter, SplitBehavior Behavior, bool Invert) : PreTokenizerStep
{
    public override void Split(string text, bool atStart, List<string> pieces, TextWork work)
    {
        var spans = new List<TextSpan>();
        Splitter.Split(text, spans, work);
        foreach (TextSpan span in Invert ? Arrange(spans.ConvertAll(s => s with { IsMatch = !s.IsMatch })) : Arrange(spans))
            pieces.Add(span.End - span.Start == text.Length ? text : text[span.Start..span.End]);
    }

    private IEnumerable<TextSpan> Arrange(List<TextSpan> spans) => Behavior switch
    {
        SplitBehavior.Removed => spans.Where(span => !span.IsMatch),
        SplitBehavior.Isolated => spans,
        SplitBehavior.Contiguous => Join(spans, (previous, next) => previous.IsMatch == next.IsMatch),
        SplitBehavior.MergedWithPrevious => Join(spans, (previous, next) => next.IsMatch && !previous.IsMatch),
        SplitBehavior.MergedWithNext => Join(spans, (previous, next) => previous.IsMatch && !next.IsMatch),
        _ => throw new InvalidOperationException($"Unknown behavior {Behavior}."),
    };

    /// <summary>Joins each span to its predecessor where asked; a joined span keeps the kind of its last part.</summary>
    private static List<TextSpan> Join(List<TextSpan> spans, Func<TextSpan, TextSpan, bool> belongTogether)
    {
        var joined = new List<TextSpan>();
        foreach (TextSpan span in spans)
        {
            if (joined.Count > 0 && belongTogether(joined[^1], span))
                joined[^1] = span with { Start = joined[^1].Start };
            else
                joined.Add(span);
        }
        return joined;
    }
}

/// <summary>GPT-2's pre-tokenizer: splits into words, then writes every UTF-8 byte as a printable character.</summary>
internal sealed record ByteLevelStep(bool AddPrefixSpace, bool SplitWords) : PreTokenizerStep
{
    /// <summary>Gets GPT-2's word pattern.</summary>
    public static RegexSplitter Words { get; } = new(
        new Pattern(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"));

    public override void Split(string text, bool atStart, List<string> pieces, TextWork work)
    {
        if (AddPrefixSpace && !text.StartsWith(' '))
            text = " " + text;
        if (!SplitWords)
        {
            pieces.Add(ByteLevelAlphabet.Encode(text));
            return;
        }
        var spans = new List<TextSpan>();
        Words.Split(text, spans, work);
        pieces.EnsureCapacity(pieces.Count + spans.Count);
        foreach (TextSpan span in spans)
            pieces.Add(ByteLevelAlphabet.Encode(text.AsSpan(span.Start, span.End - span.Start)));
    }
}

/// <summary>SentencePiece's pre-tokenizer: writes spaces as a visible mark and splits before each mark.</summary>
internal sealed record MetaspaceStep(char Replacement, PrependScheme Scheme, bool SplitWords) : PreTokenizerStep
{
    public override void Split(string text, bool atStart, List<string> pieces, TextWork work)
    {
        text = text.Replace(' ', Replacement);
        bool prepend = Scheme == PrependScheme.Always || (Scheme == PrependScheme.First && atStart);
        if (prepend && !text.StartsWith(Replacement))
            text = Replacement + text;
        if (!SplitWords)
        {
            pieces.Add(text);
            return;
        }
        int start = 0;
        for (int next = text.IndexOf(Replacement, 1); next >= 0; next = next + 1 < text.Length ? text.IndexOf(Replacement, next + 1) : -1)
        {
            pieces.Add(text[start..next]);
            start = next;
        }
        pieces.Add(text[start..]);
    }
}
