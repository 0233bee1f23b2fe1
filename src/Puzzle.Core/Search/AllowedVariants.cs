namespace Puzzle.Search;

/// <summary>Only some variants may be chosen.</summary>
/// <param name="Allows">Says whether a layer (0-based) may have a variant.</param>
public sealed record AllowedVariants(Func<int, SearchVariant, bool> Allows) : SearchRestriction
{
    /// <summary>Allows variants by name in every layer.</summary>
    /// <param name="names">The names allowed.</param>
    public static AllowedVariants Named(params IEnumerable<string> names)
    {
        HashSet<string> allowed = [.. names];
        return new AllowedVariants((_, variant) => allowed.Contains(variant.Name));
    }
}
