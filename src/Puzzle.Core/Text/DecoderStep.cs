using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Rewrites tokens on their way back to text.</summary>
internal abstract record DecoderStep
{
    public abstract List<string> Apply(List<string> tokens, TextWork work);
}

/// <summary>Applies steps one after another.</summary>
internal sealed record DecoderSequence(IReadOnlyList<DecoderStep> Steps) : DecoderStep
{
    public override List<string> Apply(List<string> tokens, TextWork work)
    {
        foreach (DecoderStep step in Steps)
        {
            work.Spend(1 + tokens.Sum(token => 1L + token.Length));
            tokens = step.Apply(tokens, work);
        }
        return tokens;
    }
}

/// <summary>Turns the byte-level characters of all tokens back into UTF-8 text.</summary>
internal sealed record ByteLevelDecoder : DecoderStep
{
    public override List<string> Apply(List<string> tokens, TextWork work)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
            ByteLevelAlphabet.Decode(token, bytes);
        return [Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes))];
    }
}

/// <summary>Replaces a literal in each token.</summary>
internal sealed record ReplaceDecoder(string Pattern, string Content) : DecoderStep
{
    public override List<string> Apply(List<string> tokens, TextWork work)
    {
        work.RequireLength(tokens.Sum(token => Replacement.Length(token, Pattern, Content)));
        return tokens.ConvertAll(token => token.Replace(Pattern, Content, StringComparison.Ordinal));
    }
}

/// <summary>Turns runs of byte tokens, &lt;0xNN&gt;, into the characters they spell, or one U+FFFD per byte.</summary>
internal sealed record ByteFallbackDecoder : DecoderStep
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override List<string> Apply(List<string> tokens, TextWork work)
    {
        var decoded = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (string token in tokens)
        {
            if (TryReadByte(token, out byte value))
            {
                run.Add(value);
                continue;
            }
            Flush(run, decoded);
            decoded.Add(token);
        }
        Flush(run, decoded);
        return decoded;
    }

    private static void Flush(List<byte> run, List<string> decoded)
    {
        if (run.Count == 0)
            return;
        try
        {
            decoded.Add(Strict.GetString(CollectionsMarshal.AsSpan(run)));
        }
        catch (DecoderFallbackException)
        {
            decoded.Add(new string('\uFFFD', run.Count));
        }
        run.Clear();
    }

    private static bool TryReadByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6
            && token.StartsWith("<0x", StringComparison.Ordinal)
            && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}

/// <summary>Joins all tokens.</summary>
internal sealed record FuseDecoder : DecoderStep
{
    public override List<string> Apply(List<string> tokens, TextWork work) => [string.Concat(tokens)];
}

/// <summary>Takes up to so many copies of a character off each token's ends.</summary>
internal sealed record StripDecoder(char Content, int Start, int Stop) : DecoderStep
{
    public override List<string> Apply(List<string> tokens, TextWork work) => tokens.ConvertAll(Strip);

    private string Strip(string token)
    {
        int start = 0, end = token.Length;
        while (start < end && start < Start && token[start] == Content)
            start++;
        while (end > start && token.Length - end < Stop && token[end - 1] == Content)
            end--;
        return token[start..end];
    }
}

/// <summary>Turns marks back into spaces, and drops those of the first token where encoding wrote one there.</summary>
internal sealed record MetaspaceDecoder(char Replacement, PrependScheme Scheme) : DecoderStep
{
    public override List<string> Apply(List<string> tokens, TextWork work)
    {
        var decoded = tokens.ConvertAll(token => token.Replace(Replacement, ' '));
        if (tokens.Count > 0 && Scheme != PrependScheme.Never)
            decoded[0] = tokens[0].Replace(Replacement.ToString(), "", StringComparison.Ordinal);
        return decoded;
    }
}
