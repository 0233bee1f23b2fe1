using System.Globalization;

namespace Puzzle.Architectures;

/// <summary>A mixture of experts: a router sends each token to some of several gated feed-forward networks and adds their weighted
/// outputs.</summary>
/// <param name="Experts">Experts E of the layer.</param>
/// <param name="ActiveExperts">Experts that each token is sent to, at most <paramref name="Experts"/>.</param>
/// <param name="IntermediateSize">Width F of every expert in channels.</param>
public sealed record MixtureFfnConfig(int Experts, int ActiveExperts, int IntermediateSize) : FfnConfig
{
    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"moe-{Experts}x{IntermediateSize}-top{ActiveExperts}");

    /// <summary>Reads a <see cref="Name"/> back; null if it is none.</summary>
    internal static MixtureFfnConfig? TryParse(string name)
    {
        if (!name.StartsWith("moe-", StringComparison.Ordinal))
            return null;
        string[] parts = name[4..].Split('x', '-');
        return parts.Length == 3
            && parts[2].StartsWith("top", StringComparison.Ordinal)
            && Count(parts[0]) is { } experts && Count(parts[1]) is { } width && Count(parts[2].AsSpan(3)) is { } active
            && new MixtureFfnConfig(experts, active, width) is var config && config.Name == name
            ? config
            : null;
    }

    private static int? Count(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count : null;
}
