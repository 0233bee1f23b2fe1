using System.Text;
using System.Text.RegularExpressions;

namespace Puzzle.Text;

/// <summary>Rewrites a text before it is split.</summary>
internal abstract record NormalizerStep
{
    public abstract string Apply(string text);
}

/// <summary>Applies steps one after another.</summary>
internal sealed record NormalizerSequence(IReadOnlyList<NormalizerStep> Steps) : NormalizerStep
{
    public override string Apply(string text)
    {
        foreach (NormalizerStep step in Steps)
            text = step.Apply(text);
        return text;
    }
}

/// <summary>Writes a prefix before every text that is not empty.</summary>
internal sealed record PrependNormalizer(string Prefix) : NormalizerStep
{
    public override string Apply(string text) => text.Length == 0 ? text : Prefix + text;
}

/// <summary>Replaces a literal.</summary>
internal sealed record ReplaceNormalizer(string Pattern, string Content) : NormalizerStep
{
    public override string Apply(string text) => text.Replace(Pattern, Content, StringComparison.Ordinal);
}

/// <summary>Replaces the matches of a regular expression by a literal.</summary>
internal sealed record RegexReplaceNormalizer(Regex Pattern, string Content) : NormalizerStep
{
    public override string Apply(string text) => Pattern.Replace(text, _ => Content);
}

/// <summary>Brings a text into a Unicode normalization form.</summary>
internal sealed record UnicodeNormalizer(NormalizationForm Form) : NormalizerStep
{
    public override string Apply(string text) => text.Normalize(Form);
}
