using System.Globalization;
using System.Text;

namespace Puzzle.Pipeline;

/// <summary>A table for readers: what a console prints, a report shows and <see cref="PuzzleResult.ToString"/> gives.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The heads of its columns.</param>
/// <param name="Rows">Its rows, each with one text per column.</param>
public sealed record ResultTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Gives the title, the heads and the rows, in columns as wide as their widest text.</summary>
    public override string ToString()
    {
        int[] widths = [.. Columns.Select((column, index) => Rows.Select(row => row[index].Length).Append(column.Length).Max())];
        var text = new StringBuilder().AppendLine(Title);
        AppendRow(text, Columns, widths);
        AppendRow(text, [.. widths.Select(width => new string('-', width))], widths);
        foreach (IReadOnlyList<string> row in Rows)
            AppendRow(text, row, widths);
        return text.ToString();
    }

    /// <summary>Gives a text with its numbers written the same everywhere.</summary>
    internal static string Write(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // The first column names the row; the others are mostly numbers.
    private static void AppendRow(StringBuilder text, IReadOnlyList<string> cells, int[] widths) =>
        text.AppendLine(string.Join("  ", cells.Select((cell, index) =>
        index == 0 ? cell.PadRight(widths[index]) : cell.PadLeft(widths[index]))).TrimEnd());
}
