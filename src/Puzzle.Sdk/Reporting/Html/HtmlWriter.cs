using System.Globalization;
using System.Net;
using System.Text;

namespace Puzzle.Reporting.Html;

/// <summary>Writes markup; whatever is put into it is escaped, numbers are written the same everywhere.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>Appends markup as it is.</summary>
    public HtmlWriter Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Appends markup whose holes are escaped.</summary>
    public HtmlWriter Add(FormattableString markup)
    {
        object?[] arguments = [.. markup.GetArguments().Select(argument => (object)new Hole(argument))];
        _text.AppendFormat(CultureInfo.InvariantCulture, markup.Format, arguments);
        return this;
    }

    public override string ToString() => _text.ToString();

    private sealed class Hole(object? value) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider) => WebUtility.HtmlEncode(
            value is IFormattable formattable ? formattable.ToString(format, CultureInfo.InvariantCulture) : value?.ToString() ?? "");
    }
}
