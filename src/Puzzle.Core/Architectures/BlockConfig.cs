using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Puzzle.Architectures;

/// <summary>One layer's block: its attention subblock and its FFN subblock.</summary>
/// <param name="Attention">The attention subblock.</param>
/// <param name="Ffn">The FFN subblock.</param>
public sealed record BlockConfig(AttentionConfig Attention, FfnConfig Ffn)
{
    /// <summary>Gets the stable name, for example <c>gqa-4/704</c>.</summary>
    public string Name => $"{Attention.Name}/{Ffn.Name}";

    /// <summary>Reads a <see cref="Name"/> back.</summary>
    /// <param name="name">For example <c>gqa-4/704</c>.</param>
    /// <exception cref="FormatException">The name is malformed.</exception>
    public static BlockConfig Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            throw new FormatException($"'{name}' is not a block config: expected ATTENTION/FFN.");
        return new BlockConfig(AttentionConfig.Parse(name[..slash]), FfnConfig.Parse(name[(slash + 1)..]));
    }

    /// <summary>Reads a <see cref="Name"/> back, if it is one.</summary>
    internal static bool TryParse(string name, [NotNullWhen(true)] out BlockConfig? block)
    {
        block = null;
        string[] parts = name.Split('/');
        bool isName = parts.Length == 2
            && (parts[0] is "linear" or "noop" || GroupedQueryAttentionConfig.TryParse(parts[0]) is not null)
            && (parts[1] is "linear" or "noop" || IsCount(parts[1]) || MixtureFfnConfig.TryParse(parts[1]) is not null);
        if (isName)
            block = Parse(name);
        return isName;
    }

    private static bool IsCount(ReadOnlySpan<char> text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
