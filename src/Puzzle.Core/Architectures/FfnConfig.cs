using System.Globalization;

namespace Puzzle.Architectures;

/// <summary>What stands in a layer's FFN subblock (paper section 2: a SwiGLU of some width, linear or no-op).</summary>
public abstract record FfnConfig
{
    private protected FfnConfig()
    {
    }

    /// <summary>Gets the stable name: the width in digits, for a mixture of experts for example <c>moe-8x512-top2</c>, <c>linear</c> or
    /// <c>noop</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Reads a <see cref="Name"/> back.</summary>
    /// <param name="name">For example <c>704</c>.</param>
    /// <exception cref="FormatException">The name is none of the known ones.</exception>
    public static FfnConfig Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name switch
        {
            "linear" => new LinearFfnConfig(),
            "noop" => new NoOpFfnConfig(),
            _ when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int width)
                && width > 0 => new GatedFfnConfig(width),
            _ => MixtureFfnConfig.TryParse(name)
                ?? throw new FormatException($"'{name}' is not an FFN config: expected a width, moe-ExF-topK, linear or noop."),
        };
    }

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}
