namespace Puzzle.Text;

/// <summary>A range of a text, [<paramref name="Start"/>, <paramref name="End"/>), and whether it matched the pattern.</summary>
internal readonly record struct TextSpan(int Start, int End, bool IsMatch);
