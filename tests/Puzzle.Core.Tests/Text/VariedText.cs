using System.Text;

namespace Puzzle.Tests.Text;

/// <summary>Texts of many kinds, the same in every run.</summary>
internal static class VariedText
{
    private static readonly string[] Parts =
    [
        "the", "The", "THE", "hello", "world", "don't", "I'LL", "it's", "camelCaseWord", "HTTPServer", "naïve", "Straße", "İstanbul",
        "ſharp's",
        " ", "  ", "    ", "\t", "\n", "\r\n", "\n\n\n", " \n ", "\u00A0", "\u3000", "\u2028", "\u200B", "\u200D", "\uFEFF",
        "0", "12", "1234567", "3.14", "1,000", "½", "Ⅳ", "٣٤", "१२३",
        ".", ",", "!?", "...", "—", "()", "{}", "[]", "//", "/*", "==", "<|", "|>", "<s>", "</s>", "#!/bin/sh", "a_b", "x=y;", "$€",
        "@user", "http://a.b/c?d=e",
        "Привет", "мир", "γειά", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "你好", "世界", "こんにちは", "カタカナ", "한국어", "ᄒ\u1161ᆫ", "Tiếng Việt",
        "e\u0301", "\u00E9", "a\u0323\u0302", "a\u0302\u0323", "\u212B", "\u1E9B\u0323", "ﬁ", "①",
        "😀", "👍🏽", "👨\u200D👩\u200D👧", "🇩🇪", "𝒳", "𐌰", "\uFFFD", "\uFFFE", "\uFFFF", "\uD800", "\uDC00", "\0", "\u0001", "\u007F",
        "<|endoftext|>", "<|im_start|>", "<bos>", "<start_of_turn>", "<|begin_of_text|>", "<|eot_id|>", "<|channel|>", "<unused0>", "▁",
        "Ġ", "<0x0A>",
    ];

    /// <summary>Gives so many texts: each part alone, then parts and random characters put together.</summary>
    public static IEnumerable<string> Sample(int count)
    {
        var random = new Random(20);
        for (int i = 0; i < count; i++)
        {
            if (i < Parts.Length)
            {
                yield return Parts[i];
                continue;
            }
            var text = new StringBuilder();
            int parts = random.Next(1, 40);
            for (int part = 0; part < parts; part++)
            {
                text.Append(random.Next(12) == 0 ? Character(random) : Parts[random.Next(Parts.Length)]);
                if (random.Next(3) == 0)
                    text.Append(' ');
            }
            yield return text.ToString();
        }
    }

    private static string Character(Random random)
    {
        int codePoint = random.Next(2) == 0 ? random.Next(0x3000) : random.Next(0x10000, 0x1FFFF);
        return char.ConvertFromUtf32(codePoint);
    }
}
