using System.Text;
using Puzzle.Foundation;
using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Reads the steps around the model from tokenizer.json; an unknown step is an error.</summary>
internal static class TokenizerComponents
{
    // Far more than anybody writes; finding a literal takes time in proportion to its length.
    private const int LongestLiteral = 256;

    public static NormalizerStep ReadNormalizer(JsonSection json) => json.IsNull ? new NormalizerSequence([]) : json.Type switch
    {
        "Sequence" => new NormalizerSequence([.. json["normalizers"].Items().Select(ReadNormalizer)]),
        "Prepend" => new PrependNormalizer(json["prepend"].AsString()),
        "Replace" => json["pattern"]["String"].AsStringOrNull() is string literal
            ? new ReplaceNormalizer(NotEmpty(literal, json), json["content"].AsString())
            : new RegexReplaceNormalizer(ReadRegex(json["pattern"]["Regex"]), json["content"].AsString()),
        "NFC" => UnicodeForm(NormalizationForm.FormC, json),
        "NFD" => UnicodeForm(NormalizationForm.FormD, json),
        "NFKC" => UnicodeForm(NormalizationForm.FormKC, json),
        "NFKD" => UnicodeForm(NormalizationForm.FormKD, json),
        _ => throw json.Unsupported("normalizer"),
    };

    public static PreTokenizerStep ReadPreTokenizer(JsonSection json) => json.IsNull ? new PreTokenizerSequence([]) : json.Type switch
    {
        "Sequence" => new PreTokenizerSequence([.. json["pretokenizers"].Items().Select(ReadPreTokenizer)]),
        "ByteLevel" => new ByteLevelStep(json["add_prefix_space"].AsBoolean(true), json["use_regex"].AsBoolean(true)),
        "Split" => new SplitStep(ReadPattern(json["pattern"]), ReadBehavior(json["behavior"]), json["invert"].AsBoolean(false)),
        "Digits" => new SplitStep(
            new RegexSplitter(new Pattern(@"\p{N}")),
            json["individual_digits"].AsBoolean(false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous,
            Invert: false),
        "Metaspace" => new MetaspaceStep(json["replacement"].AsChar(), ReadScheme(json), json["split"].AsBoolean(true)),
        _ => throw json.Unsupported("pre-tokenizer"),
    };

    public static DecoderStep ReadDecoder(JsonSection json) => json.Type switch
    {
        "Sequence" => new DecoderSequence([.. json["decoders"].Items().Select(ReadDecoder)]),
        "ByteLevel" => new ByteLevelDecoder(),
        "Replace" => json["pattern"]["String"].AsStringOrNull() is string literal
            ? new ReplaceDecoder(NotEmpty(literal, json), json["content"].AsString())
            : throw json.Error("a decoder that replaces anything but a literal is not supported"),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => new StripDecoder(json["content"].AsChar(), json["start"].AsCount(), json["stop"].AsCount()),
        "Metaspace" => new MetaspaceDecoder(json["replacement"].AsChar(), ReadScheme(json)),
        _ => throw json.Unsupported("decoder"),
    };

    /// <summary>Reads the special tokens a post-processor puts before and after the text.</summary>
    public static (int[] Before, int[] After) ReadPostProcessor(JsonSection json)
    {
        if (json.IsNull)
            return ([], []);
        switch (json.Type)
        {
            case "ByteLevel":
                return ([], []);
            case "Sequence":
                int[] before = [], after = [];
                foreach (JsonSection step in json["processors"].Items())
                {
                    (int[] stepBefore, int[] stepAfter) = ReadPostProcessor(step);
                    (before, after) = ([.. stepBefore, .. before], [.. after, .. stepAfter]);
                }
                return (before, after);
            case "TemplateProcessing":
                return ReadTemplate(json);
            default:
                throw json.Unsupported("post-processor");
        }
    }

    private static (int[] Before, int[] After) ReadTemplate(JsonSection json)
    {
        List<int> before = [], after = [];
        int texts = 0;
        // Of many tokens each would be looked for among all.
        var tokens = new Dictionary<string, JsonSection>(StringComparer.Ordinal);
        foreach ((string name, JsonSection token) in json["special_tokens"].IsNull ? [] : json["special_tokens"].Properties())
            tokens[name] = token;
        foreach (JsonSection piece in json["single"].Items())
        {
            if (!piece["Sequence"].IsNull)
            {
                texts++;
                continue;
            }
            string id = piece["SpecialToken"]["id"].AsString();
            if (!tokens.TryGetValue(id, out JsonSection special))
                throw json["special_tokens"].Error($"there is no token '{id}'");
            foreach (JsonSection number in special["ids"].Items())
                (texts == 0 ? before : after).Add(number.AsCount());
        }
        return texts == 1 ? ([.. before], [.. after]) : throw json["single"].Error($"expected the text once, found it {texts} times");
    }

    private static PrependScheme ReadScheme(JsonSection json)
    {
        if (json["prepend_scheme"].AsStringOrNull() is not string scheme)
            return json["add_prefix_space"].AsBoolean(true) ? PrependScheme.Always : PrependScheme.Never;
        return scheme switch
        {
            "always" => PrependScheme.Always,
            "never" => PrependScheme.Never,
            "first" => PrependScheme.First,
            _ => throw json.Error($"the prepend_scheme '{scheme}' is not supported"),
        };
    }

    private static SplitBehavior ReadBehavior(JsonSection json) => json.AsString() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        string other => throw json.Error($"the behavior '{other}' is not supported"),
    };

    private static RegexSplitter ReadPattern(JsonSection json) => json["String"].AsStringOrNull() is string literal
        ? new RegexSplitter(Pattern.Literal(NotEmpty(literal, json)))
        : new RegexSplitter(ReadRegex(json["Regex"]));

    private static Pattern ReadRegex(JsonSection json)
    {
        try
        {
            return new Pattern(json.AsString());
        }
        catch (FormatException unsupported)
        {
            throw json.Error($"the expression '{json.AsString()}' is not supported: {unsupported.Message}", unsupported);
        }
    }

    private static string NotEmpty(string literal, JsonSection json) => literal.Length is > 0 and <= LongestLiteral
        ? literal
        : throw json.Error($"the pattern has {literal.Length} characters; expected 1 to {LongestLiteral}");

    private static UnicodeNormalizer UnicodeForm(NormalizationForm form, JsonSection json)
    {
        const string composed = "\u00E9", decomposed = "e\u0301";
        bool works = composed.Normalize(NormalizationForm.FormD) == decomposed && decomposed.Normalize(NormalizationForm.FormC) == composed;
        return works
            ? new UnicodeNormalizer(form)
            : throw json.Error($"the normalizer '{json.Type}' needs Unicode tables, which a process in globalization-invariant mode lacks");
    }
}
