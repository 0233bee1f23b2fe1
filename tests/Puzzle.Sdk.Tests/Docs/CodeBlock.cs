namespace Puzzle.Tests.Docs;

/// <summary>A fenced block of a page, and the sample that an HTML comment before it (<c>sample: ...</c>) names as where its lines are
/// from.</summary>
/// <param name="File">The page.</param>
/// <param name="Line">The block's first line.</param>
/// <param name="Code">Its text.</param>
/// <param name="Sample">The sample's file that holds its lines; null if it stands alone.</param>
internal sealed record CodeBlock(string File, int Line, string Code, string? Sample)
{
    private const string SampleMark = "<!-- sample:", End = "-->";

    public static IEnumerable<CodeBlock> Read(string file, string language)
    {
        string[] lines = System.IO.File.ReadAllLines(file);
        string? sample = null;
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith(SampleMark, StringComparison.Ordinal))
                sample = lines[i][SampleMark.Length..].Replace(End, "", StringComparison.Ordinal).Trim();
            else if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                int end = Array.FindIndex(lines, i + 1, line => line.StartsWith("```", StringComparison.Ordinal));
                if (lines[i] == "```" + language)
                    yield return new CodeBlock(file, i + 2, string.Join('\n', lines[(i + 1)..end]), sample);
                (i, sample) = (end, null);
            }
        }
    }

    public override string ToString() => $"{Path.GetFileName(Path.GetDirectoryName(File))}/{Path.GetFileName(File)}, line {Line}";
}
