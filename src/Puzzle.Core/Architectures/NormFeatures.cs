namespace Puzzle.Architectures;

/// <summary>The form and the places of a model's RMS norms.</summary>
public sealed record NormFeatures
{
    /// <summary>Gets where subblocks have their norms; before, by default.</summary>
    public NormPlacement Placement { get; init; }

    /// <summary>Gets a value indicating whether norms multiply by 1 + weight instead of the weight; this holds for the final norm and for
    /// query and key norms too.</summary>
    public bool AddsOne { get; init; }

    /// <summary>Gets a value indicating whether there are norms before the subblocks.</summary>
    public bool HasBefore => Placement is not NormPlacement.After;

    /// <summary>Gets a value indicating whether there are norms after the subblocks.</summary>
    public bool HasAfter => Placement is not NormPlacement.Before;
}
