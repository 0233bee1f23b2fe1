using System.Text;

namespace Puzzle.Text;

/// <summary>GPT-2's reversible map of the 256 bytes to printable characters.</summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] Characters = CreateCharacters();
    private static readonly short[] Bytes = CreateBytes();

    /// <summary>Gets the 256 characters in ascending order: the printable bytes first, as GPT-2 numbers them.</summary>
    public static IEnumerable<char> InOrder => Characters.Order();

    public static char Encode(byte value) => Characters[value];

    public static string Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        int length = Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(length, bytes, static (characters, source) =>
        {
            for (int i = 0; i < characters.Length; i++)
                characters[i] = Characters[source[i]];
        });
    }

    /// <summary>Appends the bytes of a token; a token with a character outside the alphabet stands for its own UTF-8 bytes.</summary>
    public static void Decode(string token, List<byte> bytes)
    {
        int start = bytes.Count;
        foreach (char character in token)
        {
            if (character >= Bytes.Length || Bytes[character] < 0)
            {
                bytes.RemoveRange(start, bytes.Count - start);
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
                return;
            }
            bytes.Add((byte)Bytes[character]);
        }
    }

    private static char[] CreateCharacters()
    {
        char[] characters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
            characters[value] = IsPrintable(value) ? (char)value : (char)next++;
        return characters;
    }

    private static short[] CreateBytes()
    {
        short[] bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
            bytes[Characters[value]] = (short)value;
        return bytes;
    }

    private static bool IsPrintable(int value) => value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
}
