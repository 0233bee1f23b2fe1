namespace Puzzle.Measurement;

/// <summary>How a number is stored.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>IEEE 16-bit floating point.</summary>
    Float16,

    /// <summary>Brain floating point, 16 bit.</summary>
    BFloat16,

    /// <summary>8-bit floating point.</summary>
    Float8,

    /// <summary>8-bit integer.</summary>
    Int8,

    /// <summary>4-bit integer.</summary>
    Int4,
}
