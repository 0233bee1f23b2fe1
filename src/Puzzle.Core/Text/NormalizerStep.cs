using System.Globalization;
using System.Text;
using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Rewrites a text before it is split.</summary>
internal abstract record NormalizerStep
{
    /// <summary>Rewrites a well-formed text.</summary>
    /// <exception cref="Foundation.CheckpointFormatException">The steps make too much of the text.</exception>
    public abstract string Apply(string text, TextWork work);
}

/// <summary>Applies steps one after another.</summary>
internal sealed record NormalizerSequence(IReadOnlyList<NormalizerStep> Steps) : NormalizerStep
{
    public override string Apply(string text, TextWork work)
    {
        foreach (NormalizerStep step in Steps)
        {
            work.Spend(1 + text.Length);
            text = step.Apply(text, work);
        }
        return text;
    }
}

/// <summary>Writes a prefix before every text that is not empty.</summary>
internal sealed record PrependNormalizer(string Prefix) : NormalizerStep
{
    public override string Apply(string text, TextWork work)
    {
        if (text.Length == 0)
            return text;
        work.RequireLength((long)Prefix.Length + text.Length);
        return Prefix + text;
    }
}

/// <summary>Replaces a literal.</summary>
internal sealed record ReplaceNormalizer(string Pattern, string Content) : NormalizerStep
{
    public override string Apply(string text, TextWork work)
    {
        work.RequireLength(Replacement.Length(text, Pattern, Content));
        return text.Replace(Pattern, Content, StringComparison.Ordinal);
    }
}

/// <summary>Replaces the matches of a regular expression by a literal.</summary>
internal sealed record RegexReplaceNormalizer(Pattern Pattern, string Content) : NormalizerStep
{
    public override string Apply(string text, TextWork work)
    {
        var made = new StringBuilder();
        int end = 0;
        foreach ((int start, int matchEnd) in Pattern.Matches(text, work))
        {
            work.RequireLength((long)made.Length + (start - end) + Content.Length);
            made.Append(text, end, start - end).Append(Content);
            end = matchEnd;
        }
        return made.Append(text, end, text.Length - end).ToString();
    }
}

/// <summary>Brings a text into a Unicode normalization form.</summary>
internal sealed record UnicodeNormalizer(NormalizationForm Form) : NormalizerStep
{
    // Enough that cutting costs nothing, few enough that a canceled text stops soon.
    private const int PartLength = 1 << 16;

    // The one code point that .NET refuses; it begins a cluster and never changes.
    private const char Refused = '\uFFFE';

    // Below it no code point is a mark.
    private const char FirstMark = '\u0300';

    // Marks that follow each other are put in order one by one, each past the marks before it: half as many moves as their square, and a
    // move is a fourth of a step.
    private const int MovesPerStep = 8;

    public override string Apply(string text, TextWork work)
    {
        work.Spend(StepsOfMarks(text));
        if (text.Length <= PartLength && !text.Contains(Refused))
            return text.Normalize(Form);
        var made = new StringBuilder(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int end = EndOfPart(text, start);
            work.Spend(end - start);
            made.Append(text[start] == Refused ? text[start..end] : text[start..end].Normalize(Form));
            work.RequireLength(made.Length);
            start = end;
        }
        return made.ToString();
    }

    /// <summary>Finds a place where normalization of the text before and after it do not touch: before an ASCII character, or around the
    /// refused one.</summary>
    private static int EndOfPart(string text, int start)
    {
        if (text[start] == Refused)
            return start + 1;
        ReadOnlySpan<char> rest = text.AsSpan(start);
        int end = rest.Length <= PartLength ? -1 : rest[PartLength..].IndexOfAnyInRange('\0', '\u007F');
        int cut = end < 0 ? rest.Length : PartLength + end;
        int refused = rest[..cut].IndexOf(Refused);
        return start + (refused >= 0 ? refused : cut);
    }

    private static long StepsOfMarks(string text)
    {
        long steps = 0, run = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] >= FirstMark && IsMark(CharUnicodeInfo.GetUnicodeCategory(text, at)))
                run++;
            else if (!char.IsLowSurrogate(text[at]))
                run = 0;
            steps += run / MovesPerStep;
        }
        return steps;
    }

    private static bool IsMark(UnicodeCategory category) => category
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
