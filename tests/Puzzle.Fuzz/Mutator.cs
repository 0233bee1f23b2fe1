using System.Text;

namespace Puzzle.Tests;

/// <summary>Damages files: the same number makes the same damage everywhere.</summary>
internal static class Mutator
{
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "null", "true", "-1", "0", "0.5", "1e999", "-0", "2147483648", "9223372036854775808", "1e-320", "NaN", "[]", "{}", "\"\"",
            "\"\\ud800\"", "\\udc00", "\\u0000", "[[", "}}",
            ",", ":", "\"", "\n", "\r\n", "\uFEFF", "\u2028", "a", "$", "(a+)+$", "(?=", "[^", "\\p{L}", "{1000}", "..", "/", "\0",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
    ];

    /// <summary>Damages a good file in one to five places.</summary>
    public static byte[] Damage(Reader reader, int number)
    {
        var random = new Random(number);
        List<byte> bytes = [.. reader.Seeds[random.Next(reader.Seeds.Count)]];
        for (int i = random.Next(5); i >= 0; i--)
            Damage(bytes, reader, random);
        return [.. bytes];
    }

    private static void Damage(List<byte> bytes, Reader reader, Random random)
    {
        int at = random.Next(bytes.Count + 1), length = Math.Min(random.Next(1, 1 << random.Next(1, 8)), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 5:
                byte[] other = reader.Seeds[random.Next(reader.Seeds.Count)];
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, random.Next(1, 200))).ToArray());
                break;
            case 6:
                ReplaceNumber(bytes, at, random);
                break;
            default:
                bytes.RemoveRange(at, random.Next(2) == 0 ? 0 : length);
                bytes.InsertRange(at, Words[random.Next(Words.Length)]);
                break;
        }
    }

    private static void ReplaceNumber(List<byte> bytes, int from, Random random)
    {
        int start = bytes.FindIndex(Math.Min(from, bytes.Count), character => char.IsAsciiDigit((char)character));
        if (start < 0)
            return;
        int end = start;
        while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end]))
            end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Words[random.Next(Words.Length)]);
    }
}
