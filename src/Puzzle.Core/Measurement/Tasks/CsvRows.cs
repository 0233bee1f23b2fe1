using System.Text;
using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>Reads comma-separated values as RFC 4180 says: fields may be quoted, and then hold commas, line breaks and doubled
/// quotes.</summary>
internal static class CsvRows
{
    /// <summary>Reads all rows but blank lines.</summary>
    /// <exception cref="CheckpointFormatException">The file is missing, not UTF-8, or a quote is out of place.</exception>
    public static List<string[]> Read(string file)
    {
        string text = TextFile.ReadAllText(file);
        var rows = new List<string[]>();
        var row = new List<string>();
        var field = new StringBuilder();
        int at = 0;
        while (at < text.Length)
        {
            bool isQuoted = text[at] == '"';
            at = isQuoted ? Quoted(text, at + 1, field, file, rows.Count + 1) : Plain(text, at, field);
            bool more = at < text.Length && text[at] == ',';
            row.Add(field.ToString());
            field.Clear();
            if (more)
            {
                at++;
                if (at < text.Length)
                    continue;
                row.Add("");
            }
            else if (at < text.Length)
            {
                at += text.AsSpan(at).StartsWith("\r\n") ? 2 : 1;
            }
            if (row is not [var only] || !string.IsNullOrWhiteSpace(only) || isQuoted)
                rows.Add([.. row]);
            row.Clear();
        }
        return rows;
    }

    private static int Plain(string text, int at, StringBuilder field)
    {
        int length = text.AsSpan(at).IndexOfAny(",\r\n");
        int end = length < 0 ? text.Length : at + length;
        field.Append(text, at, end - at);
        return end;
    }

    private static int Quoted(string text, int at, StringBuilder field, string file, int row)
    {
        while (true)
        {
            int end = text.IndexOf('"', at);
            if (end < 0)
                throw new CheckpointFormatException(file, $"row {row}: a quoted field does not end");
            field.Append(text, at, end - at);
            at = end + 1;
            if (at == text.Length || text[at] is ',' or '\r' or '\n')
                return at;
            if (text[at] != '"')
                throw new CheckpointFormatException(
                    file, $"row {row}: '{text[at]}' follows a closing quote; expected a comma or the end of the row");
            field.Append('"');
            at++;
        }
    }
}
