using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Cuts a text at the matches of a pattern.</summary>
internal sealed class RegexSplitter(Pattern pattern)
{
    /// <summary>Gets the expression.</summary>
    public string Pattern => pattern.ToString();

    /// <summary>Appends the ranges of all matches, and of the text between them, in order.</summary>
    public void Split(string text, List<TextSpan> spans, TextWork work)
    {
        int end = 0;
        foreach ((int start, int matchEnd) in pattern.Matches(text, work))
        {
            if (start > end)
                spans.Add(new TextSpan(end, start, IsMatch: false));
            end = matchEnd;
            if (end > start)
                spans.Add(new TextSpan(start, end, IsMatch: true));
        }
        if (end < text.Length)
            spans.Add(new TextSpan(end, text.Length, IsMatch: false));
    }
}
