using Puzzle.Architectures;

namespace Puzzle.Reporting;

/// <summary>How much of a parent's subblock a variant keeps.</summary>
internal static class KeptShare
{
    /// <summary>Gives the share of key-value heads.</summary>
    /// <param name="own">The variant.</param>
    /// <param name="parent">The parent's.</param>
    public static double Of(AttentionConfig own, AttentionConfig parent) => (own, parent) switch
    {
        (GroupedQueryAttentionConfig mine, GroupedQueryAttentionConfig full) => (double)mine.KeyValueHeads / full.KeyValueHeads,
        _ => own == parent ? 1 : 0,
    };

    /// <summary>Gives the share of the width.</summary>
    /// <param name="own">The variant.</param>
    /// <param name="parent">The parent's.</param>
    public static double Of(FfnConfig own, FfnConfig parent) => (own, parent) switch
    {
        (GatedFfnConfig mine, GatedFfnConfig full) => (double)mine.IntermediateSize / full.IntermediateSize,
        _ => own == parent ? 1 : 0,
    };
}
