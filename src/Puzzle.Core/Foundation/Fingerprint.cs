using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Puzzle.Foundation;

/// <summary>Hashes of what an artifact was made from; a changed input gives another hash.</summary>
public static class Fingerprint
{
    /// <summary>Hashes values in order, unambiguously: SHA-256 in lower-case hexadecimal.</summary>
    /// <param name="values">Numbers, texts, enums, records; null counts as a value. Formatted invariantly.</param>
    public static string Of(params IEnumerable<object?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var text = new StringBuilder();
        foreach (object? value in values)
        {
            if (value is null)
            {
                text.Append("-;");
                continue;
            }
            string part = value switch
            {
                double number => number.ToString("R", CultureInfo.InvariantCulture),
                IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
                _ => value.ToString() ?? "",
            };
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:").Append(part).Append(';');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
