namespace Puzzle.Text;

/// <summary>Two neighboring tokens.</summary>
internal readonly record struct TokenPair(int Left, int Right);

/// <summary>What a pair becomes, and how early.</summary>
internal readonly record struct Merge(int Rank, int MergedId);

/// <summary>The vocabulary and the merges of a byte-pair encoding.</summary>
internal sealed record BytePairModel(
    Dictionary<string, int> Vocabulary,
    Dictionary<TokenPair, Merge> Merges,
    int? UnknownId,
    bool FuseUnknown,
    bool ByteFallback,
    bool IgnoreMerges);
