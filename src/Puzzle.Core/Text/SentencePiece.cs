namespace Puzzle.Text;

/// <summary>One entry of a SentencePiece vocabulary; its id is its position.</summary>
internal readonly record struct SentencePiece(string Text, float Score, SentencePieceKind Kind);

/// <summary>SentencePiece's kinds of entries, by their numbers in the file.</summary>
internal enum SentencePieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
