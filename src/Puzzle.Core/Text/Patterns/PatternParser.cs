using System.Globalization;

namespace Puzzle.Text.Patterns;

/// <summary>
/// Reads regular expressions as the library does that tokenizer files are written for (Oniguruma with Ruby's syntax): <c>^</c> and <c>$</c>
/// are ends of lines, and a dot matches anything but a line feed. Groups do not capture; references to them are refused.
/// </summary>
internal sealed class PatternParser
{
    // Deeper nesting than anybody writes; the parser and the compiler recurse.
    private const int DeepestNesting = 100;
    private const int LargestRepeat = 1000;

    // Each is a level for the compiler too; who repeats a repeat writes two.
    private const int MostRepeatsOfOnePart = 3;

    private readonly string _text;
    private readonly CharacterClassParser _classes;
    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotMatchesLineFeed;

    private PatternParser(string text) => (_text, _classes) = (text, new CharacterClassParser(text));

    /// <exception cref="FormatException">The expression is malformed or asks for something unsupported.</exception>
    public static PatternNode Parse(string text)
    {
        var parser = new PatternParser(text);
        PatternNode node = parser.Alternatives();
        return parser._at == text.Length ? node : throw parser.Malformed("an unopened ')'");
    }

    private PatternNode Alternatives()
    {
        if (++_depth > DeepestNesting)
            throw Malformed($"more than {DeepestNesting} groups inside each other");
        bool ignoreCase = _ignoreCase, dot = _dotMatchesLineFeed;
        var alternatives = new List<PatternNode>();
        do
            alternatives.Add(Sequence());
        while (Skip('|'));
        (_ignoreCase, _dotMatchesLineFeed) = (ignoreCase, dot);
        _depth--;
        return alternatives.Count == 1 ? alternatives[0] : new AlternativesNode(alternatives);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (_at < _text.Length && _text[_at] is not ('|' or ')'))
        {
            PatternNode? part = Atom();
            if (part is not null)
                parts.Add(Repeated(part));
        }
        return parts.Count == 1 ? parts[0] : new SequenceNode(parts);
    }

    private PatternNode Repeated(PatternNode part)
    {
        for (int repeats = 0; _at < _text.Length; repeats++)
        {
            (int minimum, int maximum, bool counted) = (0, int.MaxValue, false);
            switch (_text[_at])
            {
                case '*':
                    break;
                case '+':
                    minimum = 1;
                    break;
                case '?':
                    maximum = 1;
                    break;
                case '{' when Counts() is { } counts:
                    (minimum, maximum, counted) = (counts.Minimum, counts.Maximum, true);
                    break;
                default:
                    return part;
            }
            _at++;
            if (repeats == MostRepeatsOfOnePart)
                throw Malformed($"more than {MostRepeatsOfOnePart} repeats of one part");
            bool lazy = Skip('?');
            part = new RepeatNode(part, minimum, maximum, lazy);
            // After counts, a plus is not possessive but repeats once more.
            if (!lazy && !counted && Skip('+'))
                part = new AtomicNode(part);
        }
        return part;
    }

    /// <summary>Reads {n}, {n,}, {,m} or {n,m} and stops at its closing brace; null, and nothing read, if it is none of these.</summary>
    private (int Minimum, int Maximum)? Counts()
    {
        int end = _text.IndexOf('}', _at);
        if (end < 0 || end - _at > 12)
            return null;
        string[] numbers = _text[(_at + 1)..end].Split(',');
        int? minimum = Number(numbers[0]), maximum = numbers.Length == 2 ? Number(numbers[1]) : minimum;
        if ((minimum ?? maximum) is null || !AreCounts(numbers))
            return null;
        (int least, int most) = (minimum ?? 0, maximum ?? int.MaxValue);
        if (Math.Max(least, maximum ?? 0) > LargestRepeat || most < least)
            throw Malformed($"the counts {{{_text[(_at + 1)..end]}}}; expected at most {LargestRepeat}, in order");
        _at = end;
        return (least, most);
    }

    private static bool AreCounts(string[] numbers) =>
        numbers.Length <= 2 && Array.TrueForAll(numbers, text => text.Length == 0 || Number(text) is not null);

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>Reads one part without what repeats it; null for a setting, which is no part.</summary>
    private PatternNode? Atom()
    {
        switch (_text[_at])
        {
            case '(':
                return Group();
            case '[':
                return Character(_classes.Bracket(ref _at));
            case '.':
                _at++;
                return new CharacterNode(_dotMatchesLineFeed ? CodePointSet.Any : CodePointSet.NotLineFeed);
            case '^':
                _at++;
                return new PlaceNode(PatternPlace.LineStart);
            case '$':
                _at++;
                return new PlaceNode(PatternPlace.LineEnd);
            case '*' or '+' or '?':
                throw Malformed($"a '{_text[_at]}' with nothing to repeat");
            case '\\':
                return Escape();
            default:
                return Character(CodePointSet.Of(_classes.CodePoint(ref _at)));
        }
    }

    private PatternNode Escape()
    {
        PatternPlace? place = (_at + 1 < _text.Length ? _text[_at + 1] : '\0') switch
        {
            'A' => PatternPlace.TextStart,
            'z' => PatternPlace.TextEnd,
            'Z' => PatternPlace.TextEndOrLastLineFeed,
            'b' => PatternPlace.WordBoundary,
            'B' => PatternPlace.NoWordBoundary,
            _ => null,
        };
        if (place is null)
            return Character(_classes.Escape(ref _at));
        _at += 2;
        return new PlaceNode(place.Value);
    }

    private CharacterNode Character(CodePointSet set) => new(_ignoreCase ? set.IgnoreCase() : set);

    private PatternNode? Group()
    {
        _at++;
        if (!Skip('?'))
            return Close(Alternatives());
        if (Skip(':'))
            return Close(Alternatives());
        if (Skip('>'))
            return new AtomicNode(Close(Alternatives()));
        if (Skip('='))
            return new LookNode(Close(Alternatives()), IsNegated: false, Behind: null);
        if (Skip('!'))
            return new LookNode(Close(Alternatives()), IsNegated: true, Behind: null);
        if (!Skip('<'))
            return Settings();
        if (Skip('='))
            return Behind(isNegated: false);
        if (Skip('!'))
            return Behind(isNegated: true);
        int end = _text.IndexOf('>', _at);
        if (end < 0)
            throw Malformed("a group's name that does not end");
        _at = end + 1;
        return Close(Alternatives());
    }

    private LookNode Behind(bool isNegated)
    {
        PatternNode part = Close(Alternatives());
        (int minimum, long maximum) = PatternLength.Of(part);
        return maximum <= LargestRepeat
            ? new LookNode(part, isNegated, (minimum, (int)maximum))
            : throw Malformed($"a look behind of more than {LargestRepeat} characters");
    }

    /// <summary>Reads (?i) and (?m), which hold until the group around them ends, or (?i:...).</summary>
    private PatternNode? Settings()
    {
        (bool ignoreCase, bool dot, bool on) = (_ignoreCase, _dotMatchesLineFeed, true);
        for (; _at < _text.Length; _at++)
        {
            switch (_text[_at])
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    ignoreCase = on;
                    break;
                case 'm' or 's':
                    dot = on;
                    break;
                case ')' or ':':
                    return EndSettings(ignoreCase, dot);
                default:
                    throw Malformed($"the group '(?{_text[_at]}', which is not supported");
            }
        }
        throw Malformed("a group that does not end");
    }

    private PatternNode? EndSettings(bool ignoreCase, bool dot)
    {
        bool isGroup = _text[_at++] == ':';
        (bool outerCase, bool outerDot) = (_ignoreCase, _dotMatchesLineFeed);
        (_ignoreCase, _dotMatchesLineFeed) = (ignoreCase, dot);
        if (!isGroup)
            return null;
        PatternNode part = Close(Alternatives());
        (_ignoreCase, _dotMatchesLineFeed) = (outerCase, outerDot);
        return part;
    }

    private PatternNode Close(PatternNode node) => Skip(')') ? node : throw Malformed("a group that does not end");

    private bool Skip(char character)
    {
        if (_at >= _text.Length || _text[_at] != character)
            return false;
        _at++;
        return true;
    }

    private FormatException Malformed(string found) => new($"found {found} at character {_at}");
}
