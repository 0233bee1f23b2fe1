namespace Puzzle.Text;

/// <summary>A token that is found in the text itself, before any merging.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Content">The text it stands for.</param>
/// <param name="IsSpecial">Whether decoding may skip it.</param>
/// <param name="IsNormalized">Whether it is looked for after normalization instead of before.</param>
/// <param name="IsSingleWord">Whether it may not touch a word character.</param>
/// <param name="StripsLeft">Whether it takes the white space before it.</param>
/// <param name="StripsRight">Whether it takes the white space after it.</param>
internal sealed record AddedToken(
    int Id,
    string Content,
    bool IsSpecial,
    bool IsNormalized = false,
    bool IsSingleWord = false,
    bool StripsLeft = false,
    bool StripsRight = false);
