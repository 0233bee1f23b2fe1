namespace Puzzle.Text;

/// <summary>Counts before anything is allocated.</summary>
internal static class Replacement
{
    /// <summary>Gives the length of a text after a literal has been replaced.</summary>
    public static long Length(string text, string pattern, string content)
    {
        long length = text.Length;
        for (int at = text.IndexOf(pattern, StringComparison.Ordinal); at >= 0; at = text.IndexOf(
            pattern, at + pattern.Length, StringComparison.Ordinal))
            length += content.Length - pattern.Length;
        return length;
    }
}
