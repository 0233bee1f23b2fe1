using Puzzle.Text;

namespace Puzzle.Chat;

/// <summary>Turns tokens into text as they come: never half a character, never a stop sequence or what may still become one.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="stops">Texts that end the answer and are not part of it.</param>
internal sealed class StreamedText(Tokenizer tokenizer, IReadOnlyList<string> stops)
{
    private const char Incomplete = '\uFFFD';
    private readonly List<int> _tokens = [];
    private string _text = "";
    private int _given;

    /// <summary>Gets a value indicating whether a stop sequence came.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Adds a token.</summary>
    /// <returns>The text that is certain now and was not given before.</returns>
    public string Add(int token)
    {
        _tokens.Add(token);
        _text = tokenizer.Decode([.. _tokens]);
        int end = stops.Select(stop => _text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        IsStopped = end >= 0;
        return Give(IsStopped ? end : _text.TrimEnd(Incomplete).Length - Pending());
    }

    /// <summary>Gives what was held back, once no more tokens come.</summary>
    public string Finish() => IsStopped ? "" : Give(_text.Length);

    private string Give(int end)
    {
        string piece = end > _given ? _text[_given..end] : "";
        _given = Math.Max(_given, end);
        return piece;
    }

    /// <summary>Gives how many characters at the end may be the beginning of a stop sequence.</summary>
    private int Pending()
    {
        string text = _text.TrimEnd(Incomplete);
        for (int length = Math.Min(text.Length, stops.Select(stop => stop.Length - 1).DefaultIfEmpty(0).Max()); length > 0; length--)
        {
            if (stops.Any(stop => stop.Length > length && text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))))
                return length;
        }
        return 0;
    }
}
