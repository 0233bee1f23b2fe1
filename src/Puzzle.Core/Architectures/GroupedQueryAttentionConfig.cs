using System.Globalization;

namespace Puzzle.Architectures;

/// <summary>Grouped-query attention with its own number of key-value heads; query heads stay the parent's.</summary>
/// <param name="KeyValueHeads">Key-value heads, a divisor of the query heads.</param>
public sealed record GroupedQueryAttentionConfig(int KeyValueHeads) : AttentionConfig
{
    /// <summary>The value of <see cref="Rotary"/> for none: order is seen through the causal mask alone.</summary>
    public const int NoRotary = -1;

    /// <summary>Gets the tokens that each token sees, itself and those just before; all before it if null.</summary>
    public int? Window { get; init; }

    /// <summary>Gets the number of the rotary embedding in <see cref="ModelConfig.Rotaries"/>; 0 by default.</summary>
    public int Rotary { get; init; }

    /// <summary>Gets a value indicating whether queries and keys rotate.</summary>
    public bool HasRotary => Rotary != NoRotary;

    /// <summary>Gets the name: <c>gqa-4</c>, with a window of 512 tokens <c>gqa-4-w512</c>, with another rotary embedding
    /// <c>gqa-4-rope1</c> or none <c>gqa-4-nope</c>.</summary>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"gqa-{KeyValueHeads}{WindowName}{RotaryName}");

    private string WindowName => Window is { } window ? string.Create(CultureInfo.InvariantCulture, $"-w{window}") : "";

    private string RotaryName => Rotary switch
    {
        NoRotary => "-nope",
        0 => "",
        _ => string.Create(CultureInfo.InvariantCulture, $"-rope{Rotary}"),
    };

    /// <summary>Reads a <see cref="Name"/> back; null if it is none.</summary>
    internal static GroupedQueryAttentionConfig? TryParse(string name)
    {
        string[] parts = name.Split('-');
        if (parts is not ["gqa", var heads, .. var rest] || Count(heads) is not { } count)
            return null;
        var config = new GroupedQueryAttentionConfig(count);
        foreach (string part in rest)
        {
            if (part == "nope")
                config = config with { Rotary = NoRotary };
            else if (part.StartsWith("rope", StringComparison.Ordinal) && Count(part.AsSpan(4)) is { } rotary)
                config = config with { Rotary = rotary };
            else if (part.StartsWith('w') && Count(part.AsSpan(1)) is { } window)
                config = config with { Window = window };
        }
        // Anything else than the name itself is none: names are identities.
        return config.Name == name ? config : null;
    }

    private static int? Count(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count : null;
}
