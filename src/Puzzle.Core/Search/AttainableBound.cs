using System.Globalization;
using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>One bound of an impossible problem.</summary>
/// <param name="Cost">The bounded cost.</param>
/// <param name="IsMaximum">True for a largest total, false for a smallest.</param>
/// <param name="Limit">The bound asked for.</param>
/// <param name="AttainableAlone">The least total (the greatest, for a smallest) that any allowed architecture has.</param>
/// <param name="AttainableGivenOthers">The same among architectures that meet every other bound: asking for this is the nearest target that
/// can be met by moving this bound alone; null when the others conflict without it, or when it is not known.</param>
/// <param name="Conflicts">Whether the bound takes part in a smallest set of bounds that conflict.</param>
public sealed record AttainableBound(
    CostName Cost,
    bool IsMaximum,
    double Limit,
    double AttainableAlone,
    double? AttainableGivenOthers,
    bool Conflicts)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string with = AttainableGivenOthers is { } given ? FormattableString.Invariant($", {given:G6} with the other bounds") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Cost} {(IsMaximum ? "<=" : ">=")} {Limit:G6} (reachable: {AttainableAlone:G6} alone{with})");
    }
}
