namespace Puzzle.Architectures;

/// <summary>Norms of queries and keys, before they are rotated.</summary>
public enum QueryKeyNorm
{
    /// <summary>None.</summary>
    None,

    /// <summary>Each head by itself; all heads share one weight of the head's size.</summary>
    PerHead,

    /// <summary>All heads of a token together; the weight is as wide as the projection.</summary>
    FullWidth,
}
